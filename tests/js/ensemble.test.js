import assert from "node:assert/strict";
import { test } from "node:test";
import { correctionOf, Ensemble } from "../../widgets/js/ensemble.js";

// What a <video> is to an ensemble.
function fakePlayer() {
  return {
    tagName: "VIDEO", isConnected: true, currentTime: 0, duration: 10, paused: true, ended: false, muted: false, playbackRate: 1, src: "blob:x",
    async play() {
      this.paused = false;
    },
    pause() {
      this.paused = true;
    },
    removeAttribute() {},
  };
}

function two(late_s = [0, 0.5]) {
  const said = [];
  const stages = [fakePlayer(), fakePlayer()].map((player) => ({ player, ready: Promise.resolve() }));
  const ensemble = new Ensemble({ onTime: (time, isPlaying) => said.push([time, isPlaying]) });
  ensemble.take(stages, late_s);
  return { ensemble, said, players: stages.map(({ player }) => player), stages };
}

test("a follower that drifts runs faster or slower, one that is lost is put right", () => {
  assert.deepEqual(correctionOf(0.005, 1), { isJump: false, rate: 1 });
  assert.ok(correctionOf(0.05, 1).rate < 1);
  assert.ok(correctionOf(-0.05, 2).rate > 2);
  assert.equal(correctionOf(0.24, 1).rate, 0.75);
  assert.equal(correctionOf(-0.4, 1).isJump, true);
});

test("views are sought to the same instant, each on its own clock, and one is heard", async () => {
  const { ensemble, players } = two();
  await ensemble.play();
  ensemble.seek(3);
  assert.deepEqual(players.map((player) => player.currentTime), [3, 3.5]);
  assert.deepEqual(players.map((player) => player.muted), [false, true]);
  assert.deepEqual(players.map((player) => player.paused), [false, false]);
});

test("a view that has come out of step is brought back while it plays", () => {
  const { ensemble, players, stages } = two();
  ensemble.seek(3);
  players[1].currentTime = 3.55;
  stages[0].onTime(3, true);
  assert.ok(players[1].playbackRate < 1);
  players[1].currentTime = 6;
  stages[0].onTime(3, true);
  assert.equal(players[1].currentTime, 3.5);
});

test("a stretch plays once and stops at its end; a loop goes round", async () => {
  const { ensemble, players, stages, said } = two();
  await ensemble.playBetween(1, 2);
  stages[0].onTime(2.02, true);
  assert.deepEqual([players[0].paused, said.at(-1)], [true, [2, false]]);
  ensemble.loop = { start_s: 4, end_s: 5 };
  await ensemble.toggle();
  assert.equal(players[0].currentTime, 4);
  stages[0].onTime(5.01, true);
  assert.deepEqual([players[0].currentTime, players[0].paused], [4, false]);
});

test("a step goes to the next picture by its own time", () => {
  const { ensemble, players } = two();
  ensemble.frames = [0, 0.04, 0.3, 0.34];
  players[0].currentTime = 0.05;
  ensemble.step(1);
  assert.ok(players[0].currentTime > 0.3 && players[0].currentTime < 0.34);
  assert.ok(players[1].currentTime > 0.8 && players[1].currentTime < 0.84);
});

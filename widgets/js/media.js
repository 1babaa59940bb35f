// Whole media files over the widget's channel, in chunks, as Blob URLs that can be played and sought in.

import { asBytes } from "./rpc.js";
import { sayBytes } from "./words.js";

const CHUNK_BYTES = 1 << 20;
const IN_FLIGHT = 3;
const KEEP_BYTES = 150e6;

export class CannotPlayError extends Error {
  // canCopy: a copy that this browser plays can be made.
  constructor(message, remedy, { canCopy = false } = {}) {
    super(message);
    Object.assign(this, { remedy, canCopy });
  }
}

// Split [0, size) into chunks.
export function chunksOf(size, chunkBytes = CHUNK_BYTES) {
  return Array.from({ length: Math.ceil(size / chunkBytes) }, (_, n) => ({ start: n * chunkBytes, size: Math.min(chunkBytes, size - n * chunkBytes) }));
}

export class MediaFiles {
  constructor(rpc) {
    Object.assign(this, { rpc, files: new Map(), bytes: 0 });
  }

  // The URL of a sample's file; the same one while it is kept.
  url(sampleId, { asWav = false, asCopy = false } = {}) {
    const name = `${sampleId}${asWav ? ".wav" : asCopy ? ".copy" : ""}`;
    const known = this.files.get(name);
    if (known) {
      this.files.delete(name);
      this.files.set(name, known);
      return known.promise;
    }
    const file = { size: 0 };
    file.promise = this.fetch({ sample_id: sampleId, as_wav: asWav, as_copy: asCopy }, file).catch((error) => {
      this.files.delete(name);
      throw error;
    });
    this.files.set(name, file);
    return file.promise;
  }

  // The copy that browsers play: whether it is there, on its way, or failed. With isWanted it is made.
  async copy(sampleId, { isWanted = false } = {}) {
    return (await this.rpc.ask("copy", { sample_id: sampleId, start: isWanted })).copy;
  }

  async fetch(which, file) {
    const head = await this.rpc.ask("media", which);
    // A served page can read the file by itself, in stretches and at any size.
    if (head.url) return head.url;
    if (!head.is_sendable) {
      throw new CannotPlayError(
        `This file has ${sayBytes(head.size_bytes)}; up to ${sayBytes(head.limit_bytes)} play here.`,
        `A smaller copy of it does. The file: ${head.path}`,
        { canCopy: true },
      );
    }
    const chunks = chunksOf(head.size_bytes);
    const parts = new Array(chunks.length);
    let next = 0;
    const worker = async () => {
      while (next < chunks.length) {
        const place = next++;
        const answer = await this.rpc.ask("chunk", { ...which, ...chunks[place] });
        parts[place] = asBytes(answer.buffers[0]);
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
    file.size = head.size_bytes;
    this.bytes += file.size;
    this.trim();
    file.url = URL.createObjectURL(new Blob(parts, { type: head.type }));
    return file.url;
  }

  trim() {
    for (const [name, file] of this.files) {
      if (this.bytes <= KEEP_BYTES || this.files.size <= 1) return;
      if (file.url) this.drop(name, file);
    }
  }

  drop(name, file) {
    this.files.delete(name);
    this.bytes -= file.size;
    if (file.url) URL.revokeObjectURL(file.url);
  }

  clear() {
    for (const [name, file] of [...this.files]) this.drop(name, file);
  }
}

// Load a sample into a <video> or <audio> element, or the copy of it that was made for browsers; returns whether
// it is a copy. Rejects with what to do where this browser cannot.
export async function loadInto(element, sample, files) {
  const isVideo = sample.media === "video";
  const attempt = async (options) => {
    element.src = await files.url(sample.sample_id, options);
    await new Promise((resolve, reject) => {
      element.onloadeddata = resolve;
      element.onerror = () => reject(element.error);
    });
    // HEVC plays its sound with no picture and reports no error.
    if (isVideo && !element.videoWidth) throw cannotShow();
  };
  const ways = isVideo ? [{}, { asCopy: true }] : [{}, { asWav: true }, { asCopy: true }];
  let failure = null;
  for (const way of ways) {
    if (way.asCopy && !(await files.copy(sample.sample_id)).is_there) break;
    try {
      await attempt(way);
      return Boolean(way.asCopy);
    } catch (error) {
      // What the browser itself says is no Error; anything else but "cannot play" is not mended by a copy.
      if (error instanceof Error && !(error instanceof CannotPlayError)) throw error;
      failure ??= error instanceof CannotPlayError ? error : isVideo ? cannotShow() : cannotHear();
    }
  }
  throw failure;
}

const cannotShow = () =>
  new CannotPlayError("This browser cannot show this video (it needs H.264, VP9 or AV1).", "A copy can be made that it plays.", { canCopy: true });
const cannotHear = () =>
  new CannotPlayError("This browser cannot play this sound.", "A copy can be made that it plays.", { canCopy: true });

const POLL_MS = 400;

// Have a copy made and wait for it; onShare is told the share done. Rejects with why it failed.
export async function makeCopy(sampleId, files, onShare = () => {}) {
  let told = await files.copy(sampleId, { isWanted: true });
  while (!told.is_there) {
    if (told.failure) throw new CannotPlayError(told.failure.message, told.failure.remedy);
    onShare(told.share);
    await new Promise((wake) => setTimeout(wake, POLL_MS));
    told = await files.copy(sampleId);
  }
  onShare(1);
}

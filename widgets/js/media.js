// Whole media files over the widget's channel, in chunks, as Blob URLs that can be played and sought in.

import { asBytes } from "./rpc.js";
import { sayBytes } from "./words.js";

const CHUNK_BYTES = 1 << 20;
const IN_FLIGHT = 3;
const KEEP_BYTES = 150e6;

export class CannotPlayError extends Error {
  constructor(message, remedy) {
    super(message);
    this.remedy = remedy;
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
  url(sampleId, { asWav = false } = {}) {
    const name = `${sampleId}${asWav ? ".wav" : ""}`;
    const known = this.files.get(name);
    if (known) {
      this.files.delete(name);
      this.files.set(name, known);
      return known.promise;
    }
    const file = { size: 0 };
    file.promise = this.fetch(sampleId, asWav, file).catch((error) => {
      this.files.delete(name);
      throw error;
    });
    this.files.set(name, file);
    return file.promise;
  }

  async fetch(sampleId, asWav, file) {
    const head = await this.rpc.ask("media", { sample_id: sampleId, as_wav: asWav });
    if (!head.is_sendable) {
      throw new CannotPlayError(
        `This file has ${sayBytes(head.size_bytes)}; up to ${sayBytes(head.limit_bytes)} play in the notebook.`,
        `Open ${head.path}, or cut it.`,
      );
    }
    const chunks = chunksOf(head.size_bytes);
    const parts = new Array(chunks.length);
    let next = 0;
    const worker = async () => {
      while (next < chunks.length) {
        const place = next++;
        const answer = await this.rpc.ask("chunk", { sample_id: sampleId, as_wav: asWav, ...chunks[place] });
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

// Load a sample into a <video> or <audio> element; rejects with what to do where this browser cannot.
export async function loadInto(element, sample, files) {
  const isVideo = sample.media === "video";
  const attempt = async (options) => {
    element.src = await files.url(sample.sample_id, options);
    await new Promise((resolve, reject) => {
      element.onloadeddata = resolve;
      element.onerror = () => reject(element.error);
    });
  };
  try {
    await attempt();
  } catch (error) {
    if (error instanceof Error) throw error;
    if (isVideo) throw cannotShow(sample);
    await attempt({ asWav: true }).catch((again) => {
      throw again instanceof Error ? again : new CannotPlayError("This browser cannot play this sound.", "Convert it to WAV or MP3.");
    });
  }
  // HEVC plays its sound with no picture and reports no error.
  if (isVideo && !element.videoWidth) throw cannotShow(sample);
}

function cannotShow(sample) {
  const name = sample.path.split("/").pop();
  return new CannotPlayError(
    "This browser cannot show this video (it needs H.264, VP9 or AV1).",
    `Convert it: ffmpeg -i ${name} -c:v libx264 -pix_fmt yuv420p -movflags +faststart out.mp4`,
  );
}

import { local } from "../local.ts";
import { Memory } from "../memory.ts";
import { code } from "./code.ts";
import { MAX_RECORDS } from "./control.ts";
import { record } from "./protocol.ts";
import { robustList } from "./robust-list.ts";

const PAGE = 4096;
/** Hands that share a mapping, at most: one that joins namespaces, and the one that it forks. */
const HANDS = 2;
const PROT_READ_EXEC = 5;
const PROT_READ_WRITE = 3;
const MAP_SHARED_FIXED = 0x11;
/** Bytes of a batch's records: whole pages. */
const LAST_SIZE = MAX_RECORDS * record.size;

const program: readonly (readonly [bytes: string, text: string])[] =
  code[process.arch === "arm64" ? "arm64" : "x64"];

/** The mapping that a hand and its parent share, with the stub's code in its first page. */
export class HandMemory extends Memory {
  /** Address of the stub's entry point. */
  readonly entry: number;
  /** Addresses of `give`, `exchange`, `await_turn` and `await_zero`. */
  readonly giveEntry: number;
  readonly exchangeEntry: number;
  readonly awaitEntry: number;
  readonly awaitZeroEntry: number;
  /** Address of `thread_pointer`. */
  readonly threadPointerEntry: number;
  /** Where the records of a last batch are written, if not where all others are. */
  readonly last: number | undefined;
  /** Records that are posted and not yet carried out, over all hands that share this memory. */
  posted = 0;
  #carriedOut = false;

  /**
   * @param data bytes for strings and structures, beside the code page and the control blocks
   * @param lastFile descriptor of an empty file that takes the records of a last batch, with what became of them
   */
  constructor(data: number, lastFile?: number) {
    const last = lastFile === undefined ? 0 : LAST_SIZE + PAGE;
    super(Math.ceil((PAGE + data + last + HANDS * 2 * MAX_RECORDS * record.size) / PAGE) * PAGE);
    this.last = lastFile === undefined ? undefined : this.#keepInFile(lastFile);
    this.entry = this.alloc(PAGE);
    this.giveEntry = this.entry + labelOffset("give:");
    this.awaitEntry = this.entry + labelOffset("await_turn:");
    this.awaitZeroEntry = this.entry + labelOffset("await_zero:");
    this.exchangeEntry = this.entry + labelOffset("exchange:");
    this.threadPointerEntry = this.entry + labelOffset("thread_pointer:");
    this.bytes.set(Buffer.from(program.map(([bytes]) => bytes).join(""), "hex"), this.offset(this.entry));
    this.pin();
    local.call({ name: "mprotect", args: [this.address, PAGE, PROT_READ_EXEC], subject: "a hand's code" });
  }

  #keepInFile(file: number): number {
    const address = this.keep(LAST_SIZE, PAGE);
    local.call({ name: "ftruncate", args: [file, LAST_SIZE] });
    local.call({
      name: "mmap",
      args: [address, LAST_SIZE, PROT_READ_WRITE, MAP_SHARED_FIXED, file, 0],
      subject: "the last batch",
    });
    return address;
  }

  /** Whether everything in scratch space has been carried out. */
  get stale(): boolean {
    return this.#carriedOut && this.posted === 0;
  }

  /** Notes that `count` records have been carried out. */
  unpost(count: number): void {
    this.posted -= count;
    this.#carriedOut = true;
  }

  /** Scratch space stays: something in it belongs to a record that is about to be posted. */
  retain(): void {
    this.#carriedOut = false;
  }

  override unmap(): void {
    robustList().remove(this);
    super.unmap();
  }

  override recycle(): void {
    super.recycle();
    this.#carriedOut = false;
  }
}

/** Where a label of the program is. */
function labelOffset(label: string): number {
  const index = program.findIndex(([, text]) => text === label);
  return program.slice(0, index).reduce((offset, [bytes]) => offset + bytes.length / 2, 0);
}

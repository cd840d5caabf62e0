// Runs a command in the VM of `npm run test:vm`, as root in this checkout:
//   node scripts/ts.mjs scripts/vm.ts COMMAND [ARGUMENT...]
// Exit status: the command's, or 1 with the end of the console where the VM did not live to its end.
import { runInVm } from "../test/vm/boot.ts";
import { ensureImage } from "../test/vm/image.ts";

const SECONDS = 3600;
const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

try {
  const image = ensureImage((line) => console.error(`vm: ${line}`));
  const [first, ...others] = process.argv.slice(2);
  if (first === undefined) throw new Error("usage: node scripts/ts.mjs scripts/vm.ts COMMAND [ARGUMENT...]");
  // One argument alone is a script.
  const script = others.length === 0 ? first : [first, ...others].map(quote).join(" ");
  const onLine = (line: string) => console.log(line);
  process.exitCode = await runInVm({ image, script, seconds: SECONDS, onLine });
} catch (error) {
  console.error(`vm: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

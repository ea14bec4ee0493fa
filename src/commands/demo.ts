/** Runs `container-gateway demo`. */
import { demo } from "../demo/demo.ts";

/** Runs the command. */
export async function run(): Promise<number> {
  await demo();
  return 0;
}

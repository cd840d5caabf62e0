// Prints the table of config.json's properties with their tests (test/properties/); with --write into README.md.
import { readFileSync, writeFileSync } from "node:fs";
import { propertyGroups } from "../test/properties/index.ts";
import { propertyTable, replacePropertyTable } from "./lib/property-table.ts";

if (process.argv.includes("--write")) {
  writeFileSync("README.md", replacePropertyTable(readFileSync("README.md", "utf8"), propertyGroups));
} else {
  console.log(propertyTable(propertyGroups));
}

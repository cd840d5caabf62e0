import { readFileSync } from "node:fs";
import { configTexts } from "../documents.ts";
import type { JsonObject } from "../json.ts";
import { judge } from "../judge.ts";
import { type Subject, subject } from "../subject.ts";

/** config.json. @param bundle whose config.json, valid, is where documents start from */
export function configurations(bundle: string): Subject {
  const base = JSON.parse(readFileSync(`${bundle}/config.json`, "utf8")) as JsonObject;
  return subject(configTexts(base), (text) => judge(bundle, text));
}

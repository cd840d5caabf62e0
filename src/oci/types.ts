/**
 * The types of config.json, state and features. They are generated from schemas/, so what the validator lets through
 * is what these say; each property carries the schema's description.
 */
export type * from "./generated/types.ts";

import { toProperties } from "../../../../src/cgroups/systemd/pids.ts";
import { INFINITY, testProperties, v1Host, v2Host } from "../../../helpers/unit-properties.ts";

testProperties(toProperties, [
  ["limits tasks", { pids: { limit: 33 } }, v2Host, ["TasksMax:t=33"]],
  ["does so on v1", { pids: { limit: 33 } }, v1Host, ["TasksMax:t=33"]],
  ["takes the limit off", { pids: { limit: -1 } }, v2Host, [`TasksMax:t=${INFINITY}`]],
]);

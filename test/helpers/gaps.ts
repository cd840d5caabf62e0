/**
 * Where other runtimes are known to differ, by runtime and test name, each with its reason: the tests are run on those,
 * too, to test the tests. tsrun has no entry here.
 */
export const gaps: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  runc: {},
};

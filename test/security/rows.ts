/**
 * The security history of OCI runtimes: a test file for each row, `cve-YYYY-NNNNN.test.ts`, after its first number. The
 * other numbers are the same fault in another runtime, or its return.
 */
export const rows: readonly (readonly string[])[] = [
  ["CVE-2016-3697"],
  ["CVE-2016-9962"],
  ["CVE-2019-5736"],
  ["CVE-2019-16884"],
  ["CVE-2019-18837"],
  ["CVE-2019-19921"],
  ["CVE-2021-30465"],
  ["CVE-2021-43784"],
  ["CVE-2022-27650", "CVE-2022-29162", "CVE-2025-27612"],
  ["CVE-2023-25809"],
  ["CVE-2023-27561", "CVE-2023-28642", "CVE-2025-54867"],
  ["CVE-2024-21626"],
  ["CVE-2024-45310"],
  ["CVE-2025-24965"],
  ["CVE-2025-31133", "CVE-2025-62161"],
  ["CVE-2025-52565"],
  ["CVE-2025-52881", "CVE-2025-62596"],
  ["CVE-2026-30892"],
  ["CVE-2026-41579", "CVE-2026-47766"],
  ["CVE-2026-88264"],
  ["CVE-2026-88265"],
];

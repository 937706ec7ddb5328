// A vitest reporter: writes what the closing summary needs to the file that KRONCUT_TEST_SUMMARY names.
import { writeFileSync } from 'node:fs';

/**
 * @typedef {{ passed: number, failed: number, skipped: { name: string, reason: string }[] }} TestSummary
 */

export default class TestSummaryReporter {
  /**
   * @param {readonly import('vitest/node').TestModule[]} modules
   * @param {readonly unknown[]} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    /** @type {TestSummary} */
    const summary = { passed: 0, failed: unhandledErrors.length, skipped: [] };
    for (const module of modules) {
      // A file that cannot be loaded, or whose hooks fail, has errors of its own.
      summary.failed += module.errors().length;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') summary.passed += 1;
        else if (result.state === 'failed') summary.failed += 1;
        else if (result.state === 'skipped') {
          summary.skipped.push({ name: test.fullName, reason: result.note ?? 'no reason given' });
        }
      }
    }
    const file = process.env['KRONCUT_TEST_SUMMARY'];
    if (file !== undefined) writeFileSync(file, JSON.stringify(summary));
  }
}

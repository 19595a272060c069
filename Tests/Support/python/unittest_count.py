"""`python3 -m unittest_count FOLDER [PATTERN]`: runs the unittest files of a folder and ends with `N passed, N failed`.

A skipped test counts as failed: no test of this product may be left out in silence.
"""

import sys
import time
import unittest


class Result(unittest.TextTestResult):
    """One line a test, with its time."""

    def startTest(self, test):
        self.began = time.monotonic()
        super(unittest.TextTestResult, self).startTest(test)

    def report(self, word, test):
        self.stream.writeln(f"{word:4} {time.monotonic() - self.began:6.2f} s  {test.id()}: {test.shortDescription() or ''}")
        self.stream.flush()

    def addSuccess(self, test):
        super(unittest.TextTestResult, self).addSuccess(test)
        self.report("ok", test)

    def addError(self, test, err):
        super(unittest.TextTestResult, self).addError(test, err)
        self.report("FAIL", test)
        self.stream.writeln(self.errors[-1][1])

    def addFailure(self, test, err):
        super(unittest.TextTestResult, self).addFailure(test, err)
        self.report("FAIL", test)
        self.stream.writeln(self.failures[-1][1])

    def addSubTest(self, test, subtest, err):
        super(unittest.TextTestResult, self).addSubTest(test, subtest, err)
        if err is not None:
            self.report("FAIL", subtest)
            self.stream.writeln((self.failures if issubclass(err[0], test.failureException) else self.errors)[-1][1])

    def printErrors(self):
        """Nothing: each was printed where it happened."""

    def addSkip(self, test, reason):
        super(unittest.TextTestResult, self).addSkip(test, reason)
        self.report("SKIP", test)


def main():
    folder = sys.argv[1]
    pattern = sys.argv[2] if len(sys.argv) > 2 else "test_*.py"
    sys.path.insert(0, folder)
    suite = unittest.defaultTestLoader.discover(folder, pattern=pattern, top_level_dir=folder)
    result = unittest.TextTestRunner(stream=sys.stdout, resultclass=Result, verbosity=2).run(suite)
    failed = len(result.failures) + len(result.errors) + len(result.skipped) + len(result.unexpectedSuccesses)
    print(f"{result.testsRun - failed} passed, {failed} failed", flush=True)
    return 1 if failed or result.testsRun == 0 else 0


if __name__ == "__main__":
    sys.exit(main())

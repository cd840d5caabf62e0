// Package tap is tsrun's stand-in for github.com/mndrix/tap-go, which Debian does not package. It offers just
// what opencontainers/runtime-tools calls, and writes TAP version 13 to standard output.
package tap

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// T numbers the tests of one producer.
type T struct {
	count *int
	todo  bool
}

// New returns a producer that has not printed anything yet.
func New() *T {
	return &T{count: new(int)}
}

// Header opens the stream; a plan of zero is left for AutoPlan to print at the end.
func (t *T) Header(planned int) {
	fmt.Println("TAP version 13")
	if planned > 0 {
		fmt.Printf("1..%d\n", planned)
	}
}

// AutoPlan prints the plan from the number of tests seen.
func (t *T) AutoPlan() {
	fmt.Printf("1..%d\n", *t.count)
}

// Todo returns a producer with the same numbering whose failures are marked as expected.
func (t *T) Todo() *T {
	return &T{count: t.count, todo: true}
}

// Ok reports one test.
func (t *T) Ok(passed bool, description string) {
	result := "ok"
	if !passed {
		result = "not ok"
	}
	directive := "-"
	if t.todo {
		directive = "# TODO"
	}
	*t.count++
	fmt.Printf("%s %d %s %s\n", result, *t.count, directive, oneLine(description))
}

// Pass reports a test that passed.
func (t *T) Pass(description string) { t.Ok(true, description) }

// Fail reports a test that failed.
func (t *T) Fail(description string) { t.Ok(false, description) }

// Skip reports tests that were not made.
func (t *T) Skip(number int, description string) {
	for ; number > 0; number-- {
		*t.count++
		fmt.Printf("ok %d # SKIP %s\n", *t.count, oneLine(description))
	}
}

// Diagnostic prints a comment.
func (t *T) Diagnostic(message string) {
	fmt.Println("# " + strings.ReplaceAll(message, "\n", "\n# "))
}

// Diagnosticf prints a formatted comment.
func (t *T) Diagnosticf(format string, values ...interface{}) {
	t.Diagnostic(fmt.Sprintf(format, values...))
}

// YAML prints a block of structured detail. It is written as JSON, which every YAML 1.2 reader takes, on one
// line, so that a captured stream inside it can never be read as part of this one.
func (t *T) YAML(detail interface{}) error {
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	fmt.Print("  ---\n  ")
	err := encoder.Encode(detail)
	fmt.Println("  ...")
	return err
}

func oneLine(text string) string {
	return strings.Join(strings.Fields(text), " ")
}

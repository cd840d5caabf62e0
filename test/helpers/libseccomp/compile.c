/* Compiles a list of rules with libseccomp, as runtimes do, and writes the program to standard output.
 *
 * Lines of standard input, numbers in decimal:
 *   default WORD
 *   arch TOKEN                           the first one takes the machine's place
 *   rule WORD NAME N (INDEX OP A B)*N    OP as in enum scmp_compare
 *   optimize LEVEL                       SCMP_FLTATR_CTL_OPTIMIZE
 * Names that libseccomp lacks are written to standard error, one a line, and left out. So are rules that contradict
 * an earlier one, as "= LINE", counted from 0: no runtime takes a profile with such rules. */
#include <errno.h>
#include <inttypes.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int fail(const char *what, int error)
{
	fprintf(stderr, "! %s: %s\n", what, strerror(-error));
	return 1;
}

int main(void)
{
	scmp_filter_ctx filter = NULL;
	char keyword[16], name[256];
	int archs = 0;
	unsigned line = 0;

	for (; scanf("%15s", keyword) == 1; line++) {
		uint32_t word;
		unsigned count;
		struct scmp_arg_cmp args[6];
		int error, number;

		if (!strcmp(keyword, "default") && scanf("%" SCNu32, &word) == 1) {
			filter = seccomp_init(word);
			if (!filter)
				return fail("default", -1);
			continue;
		}
		if (!strcmp(keyword, "arch") && scanf("%" SCNu32, &word) == 1) {
			if (archs++ == 0)
				seccomp_arch_remove(filter, SCMP_ARCH_NATIVE);
			error = seccomp_arch_add(filter, word);
			if (error)
				return fail("arch", error);
			continue;
		}
		if (!strcmp(keyword, "optimize") && scanf("%" SCNu32, &word) == 1) {
			error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, word);
			if (error)
				return fail("optimize", error);
			continue;
		}
		if (strcmp(keyword, "rule") || scanf("%" SCNu32 " %255s %u", &word, name, &count) != 3 || count > 6)
			return fail(keyword, -22);
		for (unsigned i = 0; i < count; i++) {
			unsigned op;
			if (scanf("%u %u %" SCNu64 " %" SCNu64, &args[i].arg, &op, &args[i].datum_a, &args[i].datum_b) != 4)
				return fail(name, -22);
			args[i].op = op;
		}
		number = seccomp_syscall_resolve_name(name);
		if (number == __NR_SCMP_ERROR) {
			fprintf(stderr, "%s\n", name);
			continue;
		}
		error = seccomp_rule_add_array(filter, word, number, count, args);
		if (error == -EEXIST)
			fprintf(stderr, "= %u\n", line);
		else if (error)
			return fail(name, error);
	}
	return seccomp_export_bpf(filter, STDOUT_FILENO) ? 1 : 0;
}

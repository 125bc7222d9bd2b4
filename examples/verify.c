/* A verifier on libguzheng: `verify POLICY CERTIFICATE [ORIGINAL…]`. Exit status: 0 valid, 1
 * invalid, 3 incomplete, 2 wrong usage or unusable policy. */
#include <guzheng/verify.h>
#include <stdio.h>
#include <stdlib.h>

enum { READ_MAX = 16 << 20, FILES_MAX = 100, TEXT_SIZE = 4096 };

static struct gz_bytes read_file(const char *path)
{
    FILE  *f = fopen(path, "rb");
    void  *p = malloc(READ_MAX);
    size_t n = f == NULL || p == NULL ? READ_MAX : fread(p, 1, READ_MAX, f);
    if (n == READ_MAX) fprintf(stderr, "%s: unreadable, or over 16 MiB\n", path), exit(2);
    fclose(f);
    return (struct gz_bytes){p, n};
}

int main(int argc, char **argv)
{
    if (argc < 3 || argc > 3 + FILES_MAX) return 2;
    const char             *why = "out of memory";
    char                    name[TEXT_SIZE], text[TEXT_SIZE];
    const struct gz_bytes   policy_text = read_file(argv[1]);
    const struct gz_policy *policy;
    const struct gz_report *report;
    struct gz_memory        memory = {NULL, gz_policy_memory(policy_text.n)};
    memory.p = malloc(memory.n);
    if (memory.p == NULL || gz_policy_read(policy_text, memory, &policy, &why) != GZ_OK)
        return fprintf(stderr, "%s: %s\n", argv[1], why), 2;

    struct gz_file  files[FILES_MAX];
    struct gz_input input = {read_file(argv[2]), (size_t)argc - 3, files};
    for (int i = 3; i < argc; i++) gz_file_of(read_file(argv[i]), &files[i - 3]);
    memory.n = gz_verify_memory(&input);
    memory.p = malloc(memory.n);
    if (memory.p == NULL || gz_verify(policy, &input, memory, &report) != GZ_OK) return 2;

    for (unsigned line = 0; line <= GZ_CHECKS; line++)
        gz_report_line(report, GZ_LANG_ZH, line, text, sizeof text), puts(text);
    for (size_t i = 0; report->result != GZ_RESULT_INVALID && i < report->disclosed_n; i++) {
        gz_text_safe(report->disclosed[i].name, name, sizeof name);
        gz_text_safe(report->disclosed[i].text, text, sizeof text);
        printf("  %s = %s\n", name, text);
    }
    return (int)report->result;
}

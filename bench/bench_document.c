/* Certificates for people a second of one core: a PDF/A-3b of two pages with its certificate, with
 * the common fonts alone and with characters of the rare ones on it; and reading one again. */
#include "bench.h"
#include "core/verify.h"
#include "document/certificate_page.h"
#include "document/pdf_read.h"
#include "host/file.h"

#define VECTORS "tests/vectors/"
enum { TURNS = 3, TURN_US = 1500000, FILE_MAX = 1024 * 1024, POLICY_ARENA = 4 * 1024 * 1024 };

static struct bytes plain_label(struct bytes kind, struct bytes field)
{
    (void)kind, (void)field;
    return BYTES_LIT("合同金额");
}

static struct bytes rare_label(struct bytes kind, struct bytes field)
{
    (void)kind, (void)field;
    return BYTES_LIT("喆𠮷䶮𬎆");
}

struct bench {
    struct fonts           *fonts;
    struct certificate_page page;
    struct buf              pdf;
};

static void make(struct bench *b)
{
    b->pdf.n = 0;
    must_ok(certificate_pdf(b->fonts, &b->page, &b->pdf));
}

static void read_again(struct bench *b)
{
    DEFER(buf_fini) struct buf found = {0};
    const char                *why = NULL;
    must_ok(pdf_certificate(buf_bytes(&b->pdf), &found, &why));
    must(found.n == b->page.gzcert.n);
}

static uint64_t measure(struct bench *b, void (*work)(struct bench *b))
{
    uint64_t best = 0;
    work(b); /* opens the fonts */
    for (unsigned turn = 0; turn < TURNS; turn++) {
        const int64_t start = clock_us(CLOCK_PROCESS_CPUTIME_ID);
        int64_t       spent = 0;
        uint64_t      count = 0;
        for (; spent < TURN_US; spent = clock_us(CLOCK_PROCESS_CPUTIME_ID) - start, count++)
            work(b);
        const uint64_t rate = per_second(count, spent);
        best = rate > best ? rate : best;
    }
    return best;
}

/* The report points into all of them. */
static void verify(struct bytes wire, struct bytes policy_text, struct arena *arena,
                   struct policy_history *policy, struct verify_report *report)
{
    const char *why = NULL;
    must_ok(policy_history_decode(policy_text, arena, policy, &why));
    must_ok(verify_certificate(wire, policy, NULL, 0, arena, report));
    must(report->result != VERIFY_INVALID);
}

int main(void)
{
    DEFER(buf_fini) struct buf wire = {0}, policy_text = {0}, memory = {0}, why = {0};
    struct policy_history      policy;
    struct verify_report       report;
    struct bench               b = {0};
    must_ok(file_read(VECTORS "gm-001.gzcert", FILE_MAX, &wire));
    const size_t room = verify_arena_size(wire.n) + POLICY_ARENA;
    must_ok(buf_reserve(&memory, room));
    struct arena arena = {.p = memory.p, .cap = room};
    must_ok(file_read(VECTORS "gm.policy", FILE_MAX, &policy_text));
    verify(buf_bytes(&wire), buf_bytes(&policy_text), &arena, &policy, &report);
    must_ok(fonts_open(NULL, &b.fonts, &why));
    b.page = (struct certificate_page){.gzcert = buf_bytes(&wire), .report = &report};
    b.page.words = (struct certificate_words){BYTES_LIT("借款合同"), plain_label, true, 3600};
    table_head("certificate PDFs/s, one core");
    table_row("written, common characters", measure(&b, make), 0, "20");
    b.page.words.field = rare_label;
    table_row("written, with rare characters", measure(&b, make), 0, "20");
    table_row("read: the certificate in it found", measure(&b, read_again), 0, "");
    buf_fini(&b.pdf);
    fonts_close(&b.fonts);
    return 0;
}

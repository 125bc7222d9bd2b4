#include "api/witness_status.h"

static enum gz_err add_log(const struct witness_log_status *s, struct buf *out)
{
    return buf_addf(out,
                    "{\"origin\":\"%s\",\"size\":%llu,\"time\":%llu,\"mirror_size\":%llu,"
                    "\"clock_is_trusted\":%s,\"refusals\":%llu,\"unfit\":%llu}",
                    s->origin, (unsigned long long)s->size, (unsigned long long)s->time,
                    (unsigned long long)s->mirror_size, s->clock_is_trusted ? "true" : "false",
                    (unsigned long long)s->refusals, (unsigned long long)s->unfit);
}

static enum gz_err add_alarms(const struct witness_log_status *s, struct buf *out)
{
    const struct {
        bool        is_set;
        const char *word;
    } alarms[] = {{s->is_stopped, "stopped"},
                  {s->is_restored, "restored"},
                  {!s->clock_is_trusted, "clock"},
                  {s->unfit > 0, "unfit"}};
    for (size_t i = 0; i < COUNT_OF(alarms); i++)
        if (alarms[i].is_set)
            TRY(buf_addf(out, "%s{\"origin\":\"%s\",\"alarm\":\"%s\"}", out->n > 0 ? "," : "",
                         s->origin, alarms[i].word));
    return GZ_OK;
}

/* Nothing is escaped: an origin is of a-z 0-9 . - / by the genesis. */
enum gz_err witness_status_write(struct witness *w, struct http_reply *reply)
{
    DEFER(buf_fini) struct buf alarms = {0};
    struct buf                *out = &reply->body;
    TRY(buf_add_str(out, "{\"logs\":["));
    for (size_t i = 0; i < witness_count_logs(w); i++) {
        struct witness_log_status status;
        witness_status(w, i, &status);
        if (i > 0) TRY(buf_add_byte(out, ','));
        TRY(add_log(&status, out));
        TRY(add_alarms(&status, &alarms));
    }
    TRY(buf_add_str(out, "],\"alarms\":["));
    TRY(buf_add(out, buf_bytes(&alarms)));
    TRY(buf_add_str(out, "]}\n"));
    reply->status = 200;
    reply->content_type = "application/json";
    return GZ_OK;
}

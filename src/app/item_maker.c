#include "app/item_maker.h"

#include <string.h>

#include "host/host.h"

void item_maker_start(struct item_maker *m, unsigned line, struct time now, struct arena *arena)
{
    m->kind = NULL;
    m->line = line;
    m->now = now;
    m->arena = arena;
    m->values_n = m->defects_n = 0;
    m->tripped = TRIPWIRE_NONE;
    memset(m->given, 0, sizeof m->given);
}

static void add_defect(struct item_maker *m, const struct intake_defect *d)
{
    if (m->defects_n < INTAKE_DEFECTS_MAX) m->defects[m->defects_n++] = *d;
}

void item_maker_refuse(struct item_maker *m, struct bytes column, enum cell_defect what)
{
    add_defect(m, &(struct intake_defect){.line = m->line,
                                          .column = column,
                                          .code = cell_defect_code(what),
                                          .hint = cell_defect_hint(what)});
}

/* --- the tripwire ----------------------------------------------------------------------------- */

static void trip(struct item_maker *m, struct bytes column, struct bytes field, enum tripwire what)
{
    if (what == TRIPWIRE_NONE) return;
    m->tripped = what;
    add_defect(m, &(struct intake_defect){.line = m->line,
                                          .column = column,
                                          .field = field,
                                          .code = tripwire_code(what),
                                          .hint = tripwire_hint(what)});
}

void item_maker_name(struct item_maker *m, struct bytes column, struct bytes name)
{
    trip(m, column, (struct bytes){0}, tripwire_name(name));
}

struct bytes item_maker_look(struct item_maker *m, struct bytes column, struct bytes text)
{
    const enum tripwire t = tripwire_text(text);
    trip(m, column, (struct bytes){0}, t);
    return t == TRIPWIRE_NONE ? text : (struct bytes){0};
}

/* Somebody has to look at the source that sends such things. */
static void alarm_of(const struct item_maker *m)
{
    const struct bytes kind = m->kind == NULL ? (struct bytes){0} : m->kind->name;
    if (m->tripped == TRIPWIRE_NONE) return;
    log_line(LOG_ALARM, "intake", "tripwire: refused code=%s kind=%.*s line=%u",
             tripwire_code(m->tripped), (int)kind.n, kind.n == 0 ? "" : (const char *)kind.p,
             m->line);
}

/* --- fields ----------------------------------------------------------------------------------- */

static void refuse_with(struct item_maker *m, size_t field, struct bytes column,
                        enum cell_defect what, const char *hint)
{
    add_defect(m, &(struct intake_defect){.line = m->line,
                                          .column = column,
                                          .field = m->kind->fields[field].name,
                                          .code = cell_defect_code(what),
                                          .hint = hint});
}

static void refuse_field(struct item_maker *m, size_t field, struct bytes column,
                         enum cell_defect what)
{
    refuse_with(m, field, column, what, cell_defect_hint(what));
}

bool item_is_event_number(struct bytes text)
{
    if (text.n == 0 || text.n > INTAKE_EVENT_NUMBER_MAX) return false;
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < 0x20 || text.p[i] > 0x7e) return false;
    return text.p[0] != ' ' && text.p[text.n - 1] != ' ';
}

bool item_is_source(struct bytes text)
{
    for (size_t i = 0; i < text.n; i++) {
        const uint8_t letter = text.p[i] | 0x20;
        const bool    digit = text.p[i] >= '0' && text.p[i] <= '9';
        if (!(letter >= 'a' && letter <= 'z') && !digit && text.p[i] != '.' && text.p[i] != '-' &&
            text.p[i] != '_')
            return false;
    }
    return text.n > 0 && text.n <= INTAKE_SOURCE_MAX && text.p[0] != '.' && text.p[0] != '-';
}

struct bytes item_maker_event_number(struct item_maker *m, struct bytes column, struct bytes text)
{
    const enum cell_defect typing =
        text.n == 0 ? CELL_EVENT_NUMBER : field_check_typing(FIELD_TEXT, text);
    if (typing == CELL_NONE && item_is_event_number(text)) return item_maker_look(m, column, text);
    item_maker_refuse(m, column, typing == CELL_SCIENTIFIC ? typing : CELL_EVENT_NUMBER);
    return (struct bytes){0};
}

/* Nothing is made of it yet. */
static void give(struct item_maker *m, size_t field, struct bytes column)
{
    assert(!m->given[field]);
    m->given[field] = true;
    m->column[field] = column;
    m->made[field] = (struct field_value){0};
    m->by_field[field] = (struct intake_value){0};
}

enum gz_err item_maker_text(struct item_maker *m, size_t field, struct bytes column,
                            struct bytes text)
{
    const struct kind_field *about = &m->kind->fields[field];
    struct field_value      *made = &m->made[field];
    give(m, field, column);
    if (text.n == 0 && about->required) refuse_field(m, field, column, CELL_REQUIRED);
    if (text.n == 0) return GZ_OK;
    assert(about->type != FIELD_FILE);
    /* What is no text has a form of its own, which nothing of class C3 has. */
    if (about->type == FIELD_TEXT) trip(m, column, about->name, tripwire_text(text));
    TRY(field_value_make(about, text, m->now, m->arena, made));
    if (made->defect != CELL_NONE) refuse_with(m, field, column, made->defect, made->hint);
    else m->by_field[field] = (struct intake_value){.field = about, .json = made->json};
    return GZ_OK;
}

enum gz_err item_maker_constants(struct item_maker *m, const struct mapping *mapping)
{
    for (size_t i = 0; i < mapping->constants_n; i++) {
        const struct mapping_constant *c = &mapping->constants[i];
        if (m->given[c->field]) continue;
        TRY(item_maker_text(m, c->field, (struct bytes){0}, c->text));
        m->by_field[c->field].constant = true;
    }
    return GZ_OK;
}

void item_maker_spoilt(struct item_maker *m, size_t field, struct bytes column,
                       enum cell_defect what)
{
    give(m, field, column);
    if (what != CELL_NONE) refuse_field(m, field, column, what);
}

void item_maker_original(struct item_maker *m, size_t field, struct bytes column,
                         const struct original *o, struct bytes content)
{
    item_maker_spoilt(m, field, column, o->defect);
    if (o->defect != CELL_NONE) return;
    trip(m, column, m->kind->fields[field].name, tripwire_name(o->name));
    m->by_field[field] = (struct intake_value){.field = &m->kind->fields[field],
                                               .file_name = o->name,
                                               .media_type = o->media_type,
                                               .original = content};
}

bool item_maker_has(const struct item_maker *m, size_t field)
{
    return m->given[field] && m->by_field[field].field != NULL;
}

/* Dates that may not precede another, where both stand there and are right. */
static void check_order(struct item_maker *m)
{
    for (size_t i = 0; i < m->kind->fields_n; i++) {
        const int first = m->kind->fields[i].not_before;
        if (first < 0 || !item_maker_has(m, i) || !item_maker_has(m, (size_t)first)) continue;
        if (date_to_days(m->made[i].date) < date_to_days(m->made[first].date))
            refuse_field(m, i, m->column[i], CELL_ORDER);
    }
}

/* Is the value this choice of its enum? */
static bool is_choice(const struct intake_value *v, struct bytes choice)
{
    return v->json.n == choice.n + 2 && bytes_eq(bytes_slice(v->json, 1, choice.n + 1), choice);
}

/* Fields that another one's choice asks for. */
static void check_needed(struct item_maker *m)
{
    for (size_t i = 0; i < m->kind->fields_n; i++) {
        const int when = m->kind->fields[i].when_field;
        if (when < 0 || item_maker_has(m, i) || !item_maker_has(m, (size_t)when)) continue;
        if (!is_choice(&m->by_field[when], m->kind->fields[i].when_choice)) continue;
        const bool told = m->given[i] && m->made[i].defect != CELL_NONE; /* there, and wrong */
        if (!told)
            refuse_field(m, i, m->column[m->given[i] ? i : (size_t)when], CELL_REQUIRED_WHEN);
    }
}

void item_maker_end(struct item_maker *m, struct intake_item *out)
{
    if (m->kind != NULL) check_order(m);
    if (m->kind != NULL) check_needed(m);
    for (size_t i = 0; m->kind != NULL && i < m->kind->fields_n; i++)
        if (item_maker_has(m, i)) m->values[m->values_n++] = m->by_field[i];
    alarm_of(m);
    out->line = m->line;
    out->kind = m->kind;
    out->values_n = m->values_n;
    out->values = m->values;
    out->defects_n = m->defects_n;
    out->defects = m->defects;
}

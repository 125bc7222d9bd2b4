/* An intake item in the making: whoever reads a format gives it the texts of the fields, one by one
 * and in any order, and gets the item with its values, or with everything that is wrong with it. */
#pragma once
#include "app/field_value.h"
#include "app/intake_item.h"
#include "app/original.h"
#include "compliance/tripwire.h"

struct item_maker {
    const struct kind   *kind; /* NULL while it is not known: then nothing is given */
    unsigned             line;
    struct time          now;
    struct arena        *arena;
    struct bytes         column[CATALOG_FIELDS_MAX]; /* where each field stood */
    bool                 given[CATALOG_FIELDS_MAX];
    struct field_value   made[CATALOG_FIELDS_MAX];
    size_t               values_n;
    struct intake_value  values[CATALOG_FIELDS_MAX]; /* in the order of the fields, at the end */
    struct intake_value  by_field[CATALOG_FIELDS_MAX];
    size_t               defects_n;
    struct intake_defect defects[INTAKE_DEFECTS_MAX];
    enum tripwire        tripped; /* the last thing of class C3 that was found in it */
};

/* Forgets the item before. now bounds occurred_at. What is made stands in the arena: 2 n + 1024
 * bytes for a text of n. */
void item_maker_start(struct item_maker *m, unsigned line, struct time now, struct arena *arena);
/* A defect of the item, at column or (empty) of the whole. */
void item_maker_refuse(struct item_maker *m, struct bytes column, enum cell_defect what);
/* The name of a column, member or file that somebody chose: a defect where it is of what
 * authenticates a person (C3). Texts of fields and names of originals are looked through anyway. */
void item_maker_name(struct item_maker *m, struct bytes column, struct bytes name);
/* A text that is no field's value, such as the number of the loan. */
/* The text again, empty where it was refused. */
struct bytes item_maker_look(struct item_maker *m, struct bytes column, struct bytes text);
/* The number of the event: empty where it was refused. */
struct bytes item_maker_event_number(struct item_maker *m, struct bytes column, struct bytes text);
/* Each field once at most; field is an index in kind->fields. An empty text is no value: a defect
 * where the field is required. The field is no FIELD_FILE, unless the text is empty. */
enum gz_err  item_maker_text(struct item_maker *m, size_t field, struct bytes column,
                             struct bytes text);
/* The mapping's constants, in fields that nothing was given for. */
enum gz_err  item_maker_constants(struct item_maker *m, const struct mapping *mapping);
/* Of a FIELD_FILE. content is borrowed as long as the item. */
void         item_maker_original(struct item_maker *m, size_t field, struct bytes column,
                                 const struct original *o, struct bytes content);
/* Anything may have stood there but no value: what is wrong, CELL_NONE where that was told. */
void         item_maker_spoilt(struct item_maker *m, size_t field, struct bytes column,
                               enum cell_defect what);
/* Is this field's value there and right? */
bool         item_maker_has(const struct item_maker *m, size_t field);
/* All fields were given: dates that may not precede others, and out's kind, line, values and
 * defects. */
void         item_maker_end(struct item_maker *m, struct intake_item *out);
/* 1 to 64 visible half-width characters without blanks at the ends. */
bool         item_is_event_number(struct bytes text);
/* 1 to 64 letters, digits, '.', '-' and '_', the first neither '.' nor '-'. */
bool         item_is_source(struct bytes text);

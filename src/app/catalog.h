/* The kinds and mappings of an installation, read once at start: data/kinds/<kind>.yaml says what a
 * record of a kind holds, data/mappings/<name>.yaml how a source's columns become its fields. */
#pragma once
#include "app/mapping.h"
#include "base/buf.h"
#include "compliance/consent.h"
#include "compliance/masking.h"
#include "core/entry.h"

enum {
    CATALOG_FIELDS_MAX = 128,  /* of a kind */
    CATALOG_COLUMNS_MAX = 256, /* of a mapping */
    CATALOG_TEXT_MAX = 4096,   /* bytes of a field, whatever the kind says */
    CATALOG_FILES_MAX = 256,   /* of a folder */
};

enum field_type {
    FIELD_TEXT,
    FIELD_ENUM,
    FIELD_MONEY,
    FIELD_RATE,
    FIELD_DATE,
    FIELD_TIME,
    FIELD_ID_NUMBER,
    FIELD_CREDIT_CODE,
    FIELD_PHONE,
    FIELD_ACCOUNT,
    FIELD_FILE,
};
const char *field_type_name(enum field_type t); /* as in the kind's file: "id_number" */
/* JR/T 0171: C1 is internal, C2 identifies a person or shows their finances. C3 (what authenticates
 * a person) is never recorded, so there is no such value. */
enum field_class { CLASS_C1 = 1, CLASS_C2 = 2 };
/* In which of the two vaults a disclosure is sealed. Preset: identity for C2, business for C1 and
 * for amounts, rates, days and times. */
enum field_store { STORE_IDENTITY, STORE_BUSINESS };
struct kind_field {
    struct bytes        name, label;
    enum field_type     type;
    bool                required, positive; /* positive: money over zero */
    size_t              max;                /* characters of a text */
    size_t              choices_n;
    const struct bytes *choices;
    int                 not_before; /* index of the date field that this one may not precede, -1 */
    int                 when_field; /* index of the enum whose choice asks for this field, -1 */
    struct bytes        when_choice;
    enum field_class    field_class;
    enum mask           mask; /* how it is shown where it is not disclosed in full */
    enum field_store    store;
    bool derived; /* made at intake (the result of a check): no source may bring it */
};
/* Why it may be recorded (个人信息保护法 article 13, paragraph 1). */
enum kind_basis {
    BASIS_NONE,     /* it holds no personal information */
    BASIS_CONSENT,  /* item 1: an agreement, kind.consent says which */
    BASIS_CONTRACT, /* item 2: needed to conclude or perform the contract */
    BASIS_DUTY      /* item 3: a statutory duty */
};
struct kind {
    struct bytes             name, label, legal_ground; /* legal_ground: the sentence for people */
    enum kind_basis          basis;
    struct consent_need      consent; /* AGREEMENT_NONE unless BASIS_CONSENT */
    uint64_t                 late_after_s, retention_days;
    size_t                   fields_n;
    const struct kind_field *fields;
};
struct catalog;
/* Every *.yaml of both folders. GZ_MALFORMED: all defects, "file:line: …", in *why. GZ_MISSING,
 * GZ_IO, GZ_LIMIT: a folder or file, likewise told in *why. */
enum gz_err           catalog_open(const char *kinds, const char *mappings, struct catalog **out,
                                   struct buf *why);
void                  catalog_close(struct catalog **c);                        /* for DEFER */
const struct kind    *catalog_kind(const struct catalog *c, struct bytes name); /* NULL: none */
size_t                catalog_count_kinds(const struct catalog *c);
const struct kind    *catalog_kind_at(const struct catalog *c, size_t i);
/* The mapping for a batch file's name: "contract_20261125_1.txt" or "loan.contract_…". NULL: none,
 * or the name is a kind's that several mappings have. */
const struct mapping *catalog_mapping(const struct catalog *c, const char *file_name);
size_t                catalog_count_mappings(const struct catalog *c);
const struct mapping *catalog_mapping_at(const struct catalog *c, size_t i);

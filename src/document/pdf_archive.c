#include "document/pdf_archive.h"

#include <qpdf/qpdf-c.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "document/srgb.h"

static void cleanup(qpdf_data *q)
{
    if (*q != NULL) qpdf_cleanup(q);
}

static void set(qpdf_data q, qpdf_oh object, const char *key, qpdf_oh value)
{
    qpdf_oh_replace_key(q, object, key, value);
}

static void set_name(qpdf_data q, qpdf_oh object, const char *key, const char *name)
{
    set(q, object, key, qpdf_oh_new_name(q, name));
}

static void set_text(qpdf_data q, qpdf_oh object, const char *key, const char *utf8)
{
    set(q, object, key, qpdf_oh_new_unicode_string(q, utf8));
}

/* A stream, referred to from its users. */
static qpdf_oh make_stream(qpdf_data q, struct bytes content, qpdf_oh *dictionary)
{
    const qpdf_oh stream = qpdf_oh_new_stream(q);
    qpdf_oh_replace_stream_data(q, stream, content.p, content.n, qpdf_oh_new_null(q),
                                qpdf_oh_new_null(q));
    *dictionary = qpdf_oh_get_dict(q, stream);
    return stream;
}

/* Cairo leaves out of TrueType fonts what ISO 19005-3 6.2.11.3.2 wants. */
static void complete_fonts(qpdf_data q)
{
    const qpdf_oh   size = qpdf_oh_get_key(q, qpdf_get_trailer(q), "/Size");
    const long long n = qpdf_oh_get_int_value(q, size);
    for (int id = 1; id < n; id++) {
        const qpdf_oh object = qpdf_get_object_by_id(q, id, 0);
        if (!qpdf_oh_is_dictionary(q, object)) continue;
        const qpdf_oh subtype = qpdf_oh_get_key(q, object, "/Subtype");
        if (!qpdf_oh_is_name(q, subtype) ||
            strcmp(qpdf_oh_get_name(q, subtype), "/CIDFontType2") != 0)
            continue;
        set_name(q, object, "/CIDToGIDMap", "/Identity");
    }
}

/* --- metadata --------------------------------------------------------------------------------- */

static enum gz_err add_escaped(struct bytes text, struct buf *out)
{
    for (size_t i = 0; i < text.n; i++) {
        const uint8_t c = text.p[i];
        if (c == '&') TRY(buf_add_str(out, "&amp;"));
        else if (c == '<') TRY(buf_add_str(out, "&lt;"));
        else if (c == '>') TRY(buf_add_str(out, "&gt;"));
        else TRY(buf_add_byte(out, c));
    }
    return GZ_OK;
}

static enum gz_err make_metadata(struct bytes title, struct buf *out)
{
    TRY(buf_add_str(
        out, "<?xpacket begin=\"\xef\xbb\xbf\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
             "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n"
             "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n"
             "<rdf:Description rdf:about=\"\" xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\""
             " xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n"
             "<pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>\n"
             "<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">"));
    TRY(add_escaped(title, out));
    return buf_add_str(out, "</rdf:li></rdf:Alt></dc:title>\n"
                            "</rdf:Description>\n</rdf:RDF>\n</x:xmpmeta>\n"
                            "<?xpacket end=\"w\"?>\n");
}

/* Instead of the information dictionary, which would have to say the same. */
static void add_metadata(qpdf_data q, qpdf_oh root, struct bytes xmp)
{
    qpdf_oh       dictionary;
    const qpdf_oh stream = make_stream(q, xmp, &dictionary);
    set_name(q, dictionary, "/Type", "/Metadata");
    set_name(q, dictionary, "/Subtype", "/XML");
    set(q, root, "/Metadata", stream);
    qpdf_oh_remove_key(q, qpdf_get_trailer(q), "/Info");
    set_text(q, root, "/Lang", "zh-CN");
    set(q, root, "/ViewerPreferences", qpdf_oh_parse(q, "<< /DisplayDocTitle true >>"));
}

static void add_output_intent(qpdf_data q, qpdf_oh root)
{
    qpdf_oh       dictionary;
    const qpdf_oh profile = make_stream(q, srgb_profile, &dictionary);
    const qpdf_oh intent =
        qpdf_oh_parse(q, "<< /Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (sRGB) "
                         "/Info (sRGB IEC61966-2.1) >>");
    const qpdf_oh list = qpdf_oh_new_array(q);
    set(q, dictionary, "/N", qpdf_oh_new_integer(q, 3));
    set(q, intent, "/DestOutputProfile", profile);
    qpdf_oh_append_item(q, list, intent);
    set(q, root, "/OutputIntents", list);
}

/* --- the attachment --------------------------------------------------------------------------- */

static qpdf_oh make_embedded_file(qpdf_data q, const struct pdf_attachment *a)
{
    qpdf_oh       dictionary;
    const qpdf_oh stream = make_stream(q, a->content, &dictionary);
    const qpdf_oh params = qpdf_oh_new_dictionary(q);
    char          subtype[128] = "/", text[TIME_TEXT_SIZE], date[40];
    snprintf(subtype + 1, sizeof subtype - 1, "%s", a->media_type);
    time_encode((struct time){a->modified_at, 0}, 0, text);
    snprintf(date, sizeof date, "D:%.4s%.2s%.2s%.2s%.2s%.2sZ", text, text + 5, text + 8, text + 11,
             text + 14, text + 17);
    set(q, params, "/Size", qpdf_oh_new_integer(q, (long long)a->content.n));
    set(q, params, "/ModDate", qpdf_oh_new_string(q, date));
    set_name(q, dictionary, "/Type", "/EmbeddedFile");
    set_name(q, dictionary, "/Subtype", subtype);
    set(q, dictionary, "/Params", params);
    return stream;
}

static qpdf_oh make_file_specification(qpdf_data q, const struct pdf_attachment *a)
{
    const qpdf_oh embedded = make_embedded_file(q, a);
    const qpdf_oh file = qpdf_oh_new_dictionary(q), specification = qpdf_oh_new_dictionary(q);
    set(q, file, "/F", embedded);
    set(q, file, "/UF", embedded);
    set_name(q, specification, "/Type", "/Filespec");
    set_name(q, specification, "/AFRelationship", "/Data");
    set(q, specification, "/F", qpdf_oh_new_string(q, a->name));
    set_text(q, specification, "/UF", a->name);
    set_text(q, specification, "/Desc", a->description);
    set(q, specification, "/EF", file);
    return qpdf_make_indirect_object(q, specification);
}

static void add_attachment(qpdf_data q, qpdf_oh root, const struct pdf_attachment *a)
{
    const qpdf_oh specification = make_file_specification(q, a);
    const qpdf_oh associated = qpdf_oh_new_array(q), list = qpdf_oh_new_array(q);
    const qpdf_oh files = qpdf_oh_new_dictionary(q), names = qpdf_oh_new_dictionary(q);
    qpdf_oh_append_item(q, associated, specification);
    qpdf_oh_append_item(q, list, qpdf_oh_new_string(q, a->name));
    qpdf_oh_append_item(q, list, specification);
    set(q, files, "/Names", list);
    set(q, names, "/EmbeddedFiles", files);
    set(q, root, "/AF", associated);
    set(q, root, "/Names", names);
    set_name(q, root, "/PageMode", "/UseNone");
}

/* --- all -------------------------------------------------------------------------------------- */

static enum gz_err write(qpdf_data q, struct buf *out)
{
    if (qpdf_init_write_memory(q) >= QPDF_ERRORS) return GZ_MEMORY;
    qpdf_set_deterministic_ID(q, QPDF_TRUE);
    qpdf_set_newline_before_endstream(q, QPDF_TRUE);
    qpdf_set_object_stream_mode(q, qpdf_o_disable);
    qpdf_set_minimum_pdf_version(q, "1.7");
    if (qpdf_write(q) >= QPDF_ERRORS) return GZ_MEMORY;
    return buf_add(out, (struct bytes){qpdf_get_buffer(q), qpdf_get_buffer_length(q)});
}

enum gz_err pdf_archive(struct bytes pdf, struct bytes title,
                        const struct pdf_attachment *attachment, struct buf *out)
{
    DEFER(cleanup) qpdf_data   q = qpdf_init();
    DEFER(buf_fini) struct buf xmp = {0};
    if (q == NULL) return GZ_MEMORY;
    qpdf_silence_errors(q);
    qpdf_set_suppress_warnings(q, QPDF_TRUE);
    if (qpdf_read_memory(q, "page", (const char *)pdf.p, pdf.n, NULL) != QPDF_SUCCESS)
        return GZ_MALFORMED;
    TRY(make_metadata(title, &xmp));
    const qpdf_oh root = qpdf_get_root(q);
    complete_fonts(q);
    add_metadata(q, root, buf_bytes(&xmp));
    add_output_intent(q, root);
    if (attachment != NULL) add_attachment(q, root, attachment);
    if (qpdf_has_error(q)) return GZ_MEMORY;
    return write(q, out);
}

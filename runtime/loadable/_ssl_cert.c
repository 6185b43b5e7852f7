/* _ssl: certificates as Python shows them, object identifiers. */
#include "runtime/loadable/_ssl.h"
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <stdio.h>

static int put(Thread *t, Value d, const char *key, Ref v) {
    int bad = ref_is_null(v) ? -1 : dict_set_cstr(t, d, key, ref_borrow(v));
    ref_drop(t, v);
    return bad;
}
static Ref drop_null(Thread *t, Ref r) {
    ref_drop(t, r);
    return REF_NULL;
}
/* The text in a memory BIO */
static Ref bio_text(Thread *t, BIO *bio) {
    char *p;
    long n = BIO_get_mem_data(bio, &p);
    return n < 0 ? ssl_raise_last(t, NULL) : str_decode(t, p, (size_t)n, "utf-8", "strict");
}

/* ---- names ---------------------------------------------------------------------------------------------------------------------------------- */

static Ref object_text(Thread *t, const ASN1_OBJECT *o, bool no_name) {
    char text[256];
    int n = OBJ_obj2txt(text, sizeof text, o, no_name);
    if (n < 0) return ssl_raise_last(t, NULL);
    if (n == 0 && no_name) return REF_NONE;
    if (n < (int)sizeof text) return str_from_utf8(t, text, (size_t)n);
    char *big = mem_alloc((size_t)n + 1);
    if (big == NULL) return err_no_memory(t);
    OBJ_obj2txt(big, n + 1, o, no_name);
    Ref r = str_from_utf8(t, big, (size_t)n);
    mem_free(big);
    return r;
}
static Ref attribute(Thread *t, X509_NAME_ENTRY *e) {
    ASN1_STRING *value = X509_NAME_ENTRY_get_data(e);
    Ref name = object_text(t, X509_NAME_ENTRY_get_object(e), false), text;
    unsigned char *utf8 = NULL;
    if (ref_is_null(name)) return name;
    int n = ASN1_STRING_to_UTF8(&utf8, value);
    if (n < 0) text = ssl_raise_last(t, NULL);
    else text = str_decode(t, (const char *)utf8, (size_t)n, "utf-8", "strict");
    OPENSSL_free(utf8);
    return tuple_from_steal(t, (Ref[]){name, text}, 2);
}
/* A tuple of the name's relative parts, each a tuple of (attribute, text) pairs */
static Ref name_tuple(Thread *t, const X509_NAME *name) {
    Ref parts = list_new(t, 0), part = list_new(t, 0);
    int set = -1;
    bool bad = ref_is_null(parts) || ref_is_null(part);
    for (int i = 0; !bad && i < X509_NAME_entry_count(name); i++) {
        X509_NAME_ENTRY *e = X509_NAME_get_entry(name, i);
        if (set >= 0 && X509_NAME_ENTRY_set(e) != set) {
            Ref tuple = list_to_tuple(t, ref_borrow(part));
            bad = ref_is_null(tuple) || list_append_steal(t, ref_borrow(parts), tuple) < 0;
            ref_drop(t, part);
            part = list_new(t, 0);
            bad |= ref_is_null(part);
        }
        set = X509_NAME_ENTRY_set(e);
        Ref a = bad ? REF_NULL : attribute(t, e);
        bad = ref_is_null(a) || list_append_steal(t, ref_borrow(part), a) < 0;
    }
    if (!bad && list_size(ref_borrow(part)) > 0) {
        Ref tuple = list_to_tuple(t, ref_borrow(part));
        bad = ref_is_null(tuple) || list_append_steal(t, ref_borrow(parts), tuple) < 0;
    }
    Ref r = bad ? REF_NULL : list_to_tuple(t, ref_borrow(parts));
    ref_drop(t, part);
    ref_drop(t, parts);
    return r;
}

/* ---- alternative names ------------------------------------------------------------------------------------------------------------------------- */

static Ref string_pair(Thread *t, const char *kind, const ASN1_STRING *s) {
    Ref k = str_from_cstr(t, kind), v = str_decode(t, (const char *)ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s), "utf-8", "strict");
    return tuple_from_steal(t, (Ref[]){k, v}, 2);
}
static Ref address_text(Thread *t, const ASN1_OCTET_STRING *ip) {
    const unsigned char *p = ip->data;
    char text[64];
    if (ip->length == 4) snprintf(text, sizeof text, "%d.%d.%d.%d", p[0], p[1], p[2], p[3]);
    else if (ip->length == 16) {
        size_t n = 0;
        for (int i = 0; i < 16; i += 2) n += (size_t)snprintf(text + n, sizeof text - n, i ? ":%X" : "%X", p[i] << 8 | p[i + 1]);
    } else snprintf(text, sizeof text, "<invalid>");
    return str_from_cstr(t, text);
}
static Ref other_name(Thread *t, GENERAL_NAME *name) {
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio == NULL) return err_no_memory(t);
    GENERAL_NAME_print(bio, name);
    Ref text = bio_text(t, bio), r = REF_NULL;
    BIO_free(bio);
    if (ref_is_null(text)) return text;
    int64_t colon = str_find(as(Str, ref_borrow(text)), as(Str, str_intern_cstr(t, ":")), 0, (int64_t)str_length(ref_borrow(text)), 1);
    if (colon < 0) err_set(t, E_ValueError, "Invalid value %R", ref_borrow(text));
    else r = tuple_from_steal(t, (Ref[]){str_slice(t, ref_borrow(text), 0, colon), str_slice(t, ref_borrow(text), colon + 1, (int64_t)str_length(ref_borrow(text)))}, 2);
    ref_drop(t, text);
    return r;
}
static Ref general_name(Thread *t, GENERAL_NAME *name) {
    switch (name->type) {
    case GEN_DIRNAME: return tuple_from_steal(t, (Ref[]){str_from_cstr(t, "DirName"), name_tuple(t, name->d.dirn)}, 2);
    case GEN_EMAIL: return string_pair(t, "email", name->d.rfc822Name);
    case GEN_DNS: return string_pair(t, "DNS", name->d.dNSName);
    case GEN_URI: return string_pair(t, "URI", name->d.uniformResourceIdentifier);
    case GEN_RID: {
        Ref id = object_text(t, name->d.rid, true);
        if (ref_is_none(id)) id = str_from_cstr(t, "<INVALID>");
        return tuple_from_steal(t, (Ref[]){str_from_cstr(t, "Registered ID"), id}, 2);
    }
    case GEN_IPADD: return tuple_from_steal(t, (Ref[]){str_from_cstr(t, "IP Address"), address_text(t, name->d.ip)}, 2);
    default: return other_name(t, name);
    }
}
/* None if there are none */
static Ref alternative_names(Thread *t, X509 *cert) {
    GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    if (names == NULL) return REF_NONE;
    Ref list = list_new(t, 0);
    for (int i = 0; !ref_is_null(list) && i < sk_GENERAL_NAME_num(names); i++) {
        Ref item = general_name(t, sk_GENERAL_NAME_value(names, i));
        if (ref_is_null(item) || list_append_steal(t, ref_borrow(list), item) < 0) list = drop_null(t, list);
    }
    GENERAL_NAMES_free(names);
    Ref r = ref_is_null(list) ? list : list_to_tuple(t, ref_borrow(list));
    ref_drop(t, list);
    return r;
}
static int append_uri(Thread *t, Value list, const ASN1_IA5STRING *uri) {
    Ref s = str_from_utf8(t, (const char *)uri->data, (size_t)uri->length);
    return ref_is_null(s) ? -1 : list_append_steal(t, list, s);
}
static Ref tuple_or_none(Thread *t, Ref list, bool bad) {
    Ref r = bad || ref_is_null(list) ? REF_NULL : list_size(ref_borrow(list)) == 0 ? REF_NONE : list_to_tuple(t, ref_borrow(list));
    ref_drop(t, list);
    return r;
}
static Ref access_uris(Thread *t, X509 *cert, int nid) {
    AUTHORITY_INFO_ACCESS *info = X509_get_ext_d2i(cert, NID_info_access, NULL, NULL);
    if (info == NULL) return REF_NONE;
    Ref list = list_new(t, 0);
    bool bad = ref_is_null(list);
    for (int i = 0; !bad && i < sk_ACCESS_DESCRIPTION_num(info); i++) {
        ACCESS_DESCRIPTION *a = sk_ACCESS_DESCRIPTION_value(info, i);
        if (OBJ_obj2nid(a->method) == nid && a->location->type == GEN_URI) bad = append_uri(t, ref_borrow(list), a->location->d.uniformResourceIdentifier) < 0;
    }
    AUTHORITY_INFO_ACCESS_free(info);
    return tuple_or_none(t, list, bad);
}
static Ref revocation_points(Thread *t, X509 *cert) {
    CRL_DIST_POINTS *points = X509_get_ext_d2i(cert, NID_crl_distribution_points, NULL, NULL);
    if (points == NULL) return REF_NONE;
    Ref list = list_new(t, 0);
    bool bad = ref_is_null(list);
    for (int i = 0; !bad && i < sk_DIST_POINT_num(points); i++) {
        DIST_POINT *p = sk_DIST_POINT_value(points, i);
        if (p->distpoint == NULL || p->distpoint->type != 0) continue;
        GENERAL_NAMES *names = p->distpoint->name.fullname;
        for (int j = 0; !bad && j < sk_GENERAL_NAME_num(names); j++) {
            GENERAL_NAME *n = sk_GENERAL_NAME_value(names, j);
            if (n->type == GEN_URI) bad = append_uri(t, ref_borrow(list), n->d.uniformResourceIdentifier) < 0;
        }
    }
    CRL_DIST_POINTS_free(points);
    return tuple_or_none(t, list, bad);
}

/* ---- the whole ------------------------------------------------------------------------------------------------------------------------------------ */

static Ref time_text(Thread *t, const ASN1_TIME *time) {
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio == NULL) return err_no_memory(t);
    ASN1_TIME_print(bio, time);
    Ref r = bio_text(t, bio);
    BIO_free(bio);
    return r;
}
static Ref serial_text(Thread *t, X509 *cert) {
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio == NULL) return err_no_memory(t);
    i2a_ASN1_INTEGER(bio, X509_get_serialNumber(cert));
    Ref r = bio_text(t, bio);
    BIO_free(bio);
    return r;
}
static int put_unless_none(Thread *t, Value d, const char *key, Ref v) { return ref_is_none(v) ? 0 : put(t, d, key, v); }
Ref cert_dict(Thread *t, X509 *cert) {
    Ref d = dict_new(t);
    if (ref_is_null(d)) return d;
    Value v = ref_borrow(d);
    if (put(t, v, "subject", name_tuple(t, X509_get_subject_name(cert))) < 0 || put(t, v, "issuer", name_tuple(t, X509_get_issuer_name(cert))) < 0 ||
        put(t, v, "version", ref_small_int(X509_get_version(cert) + 1)) < 0 || put(t, v, "serialNumber", serial_text(t, cert)) < 0 ||
        put(t, v, "notBefore", time_text(t, X509_get0_notBefore(cert))) < 0 || put(t, v, "notAfter", time_text(t, X509_get0_notAfter(cert))) < 0 ||
        put_unless_none(t, v, "subjectAltName", alternative_names(t, cert)) < 0 || put_unless_none(t, v, "OCSP", access_uris(t, cert, NID_ad_OCSP)) < 0 ||
        put_unless_none(t, v, "caIssuers", access_uris(t, cert, NID_ad_ca_issuers)) < 0 || put_unless_none(t, v, "crlDistributionPoints", revocation_points(t, cert)) < 0)
        return drop_null(t, d);
    return d;
}
Ref cert_der(Thread *t, X509 *cert) {
    unsigned char *der = NULL;
    int n = i2d_X509(cert, &der);
    if (n < 0) return ssl_raise_last(t, NULL);
    Ref r = bytes_new(t, der, (size_t)n);
    OPENSSL_free(der);
    return r;
}

/* ---- Certificate --------------------------------------------------------------------------------------------------------------------------------------- */

Ref cert_object(Thread *t, X509 *cert) {
    Certificate *c = object_new(Certificate, t, &certificate_type);
    if (c == NULL) return REF_NULL;
    X509_up_ref(cert);
    c->cert = cert;
    c->hash = -1;
    return ref_steal(c);
}
static void certificate_destroy(Thread *t, Object *o) { X509_free(((Certificate *)o)->cert); }
static Ref m_public_bytes(Thread *t, Value self, const Value *a) {
    int format = 1;
    if (!value_is_null(a[0]) && as_int(t, a[0], &format) < 0) return REF_NULL;
    X509 *cert = as(Certificate, self)->cert;
    if (format == 2) return cert_der(t, cert);
    if (format != 1) return err_set(t, E_ValueError, "Unsupported format");
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio == NULL) return err_no_memory(t);
    Ref r = PEM_write_bio_X509(bio, cert) ? bio_text(t, bio) : ssl_raise_last(t, NULL);
    BIO_free(bio);
    return r;
}
static Ref m_get_info(Thread *t, Value self, const Value *a) { return cert_dict(t, as(Certificate, self)->cert); }
static Ref certificate_repr(Thread *t, Value self) {
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio == NULL) return err_no_memory(t);
    X509_NAME_print_ex(bio, X509_get_subject_name(as(Certificate, self)->cert), 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    Ref name = bio_text(t, bio);
    BIO_free(bio);
    Ref r = ref_is_null(name) ? name : str_format(t, "<%s '%V'>", type_of(self)->name, ref_borrow(name));
    ref_drop(t, name);
    return r;
}
static int64_t certificate_hash(Thread *t, Value self) {
    int64_t h = (int64_t)X509_subject_name_hash(as(Certificate, self)->cert);
    return h == -1 ? -2 : h;
}
static Ref certificate_compare(Thread *t, Value a, Value b, CompareOp op) {
    if (!is_exact(a, &certificate_type) || !is_exact(b, &certificate_type) || (op != CMP_EQ && op != CMP_NE)) return REF_NOT_IMPLEMENTED;
    bool same = X509_cmp(as(Certificate, a)->cert, as(Certificate, b)->cert) == 0;
    return ref_bool(same == (op == CMP_EQ));
}
static NativeDef certificate_methods[] = {
    FN("public_bytes", "($self, /, format=Encoding.PEM)", m_public_bytes, NULL), FN("get_info", "($self, /)", m_get_info, NULL), FN_END,
};
Type certificate_type = {
    TYPE_HEADER(Certificate, TYPE_NO_INSTANTIATION, NULL, NULL, certificate_destroy), .name = "_ssl.Certificate", .methods = certificate_methods, .repr = certificate_repr,
    .hash = certificate_hash, .richcompare = certificate_compare,
};

/* ---- ciphers -------------------------------------------------------------------------------------------------------------------------------------------- */

static Ref text_or_none(Thread *t, const char *s) { return s ? str_from_cstr(t, s) : REF_NONE; }
Ref cipher_tuple(Thread *t, const SSL_CIPHER *c) {
    return tuple_from_steal(t, (Ref[]){text_or_none(t, SSL_CIPHER_get_name(c)), text_or_none(t, SSL_CIPHER_get_version(c)), ref_small_int(SSL_CIPHER_get_bits(c, NULL))}, 3);
}

/* ---- functions --------------------------------------------------------------------------------------------------------------------------------------------- */

static Ref m_test_decode_cert(Thread *t, Value self, const Value *a) {
    Ref keep = REF_NULL, r = REF_NULL;
    const char *path = str_fs(t, a[0], &keep);
    BIO *bio = path ? BIO_new(BIO_s_file()) : NULL;
    if (path != NULL) {
        X509 *cert = NULL;
        if (bio == NULL) ssl_plain_error(t, "Can't malloc memory to read file");
        else if (BIO_read_filename(bio, path) <= 0) ssl_plain_error(t, "Can't open file");
        else if ((cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) == NULL) ssl_plain_error(t, "Error decoding PEM-encoded file");
        else r = cert_dict(t, cert);
        X509_free(cert);
        ERR_clear_error();
    }
    BIO_free(bio);
    ref_drop(t, keep);
    return r;
}
static Ref object_tuple(Thread *t, const ASN1_OBJECT *o) {
    int nid = OBJ_obj2nid(o);
    if (nid == NID_undef) return err_set(t, E_ValueError, "Unknown object");
    return tuple_from_steal(t, (Ref[]){ref_small_int(nid), text_or_none(t, OBJ_nid2sn(nid)), text_or_none(t, OBJ_nid2ln(nid)), object_text(t, o, true)}, 4);
}
static Ref m_txt2obj(Thread *t, Value self, const Value *a) {
    int name = value_is_null(a[1]) ? 0 : is_true(t, a[1]);
    if (name < 0) return REF_NULL;
    if (!is_str(a[0])) return err_bad_argument(t, "txt2obj", "txt", "str", a[0]);
    const char *text = str_utf8(t, a[0], NULL);
    if (text == NULL) return REF_NULL;
    ASN1_OBJECT *o = OBJ_txt2obj(text, !name);
    ERR_clear_error();
    if (o == NULL) return err_set(t, E_ValueError, "unknown object '%.100s'", text);
    Ref r = object_tuple(t, o);
    ASN1_OBJECT_free(o);
    return r;
}
static Ref m_nid2obj(Thread *t, Value self, const Value *a) {
    int nid;
    if (as_int(t, a[0], &nid) < 0) return REF_NULL;
    if (nid < NID_undef) return err_set(t, E_ValueError, "NID must be positive.");
    ASN1_OBJECT *o = OBJ_nid2obj(nid);
    ERR_clear_error();
    if (o == NULL) return err_set(t, E_ValueError, "unknown NID %d", nid);
    Ref r = object_tuple(t, o);
    ASN1_OBJECT_free(o);
    return r;
}
NativeDef ssl_cert_functions[] = {
    FN("_test_decode_cert", "($module, path, /)", m_test_decode_cert, NULL),
    FN("txt2obj", "($module, /, txt, name=False)", m_txt2obj, "Lookup NID, short name, long name and OID of an ASN1_OBJECT."),
    FN("nid2obj", "($module, nid, /)", m_nid2obj, "Lookup NID, short name, long name and OID of an ASN1_OBJECT by NID."), FN_END,
};

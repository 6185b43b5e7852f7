/* Attribute access on instances: object's __getattribute__, __setattr__ and __delattr__.
 *
 * The order is Python's: a data descriptor of the type, the instance's own attribute, a non-data descriptor or plain value of the type.
 */
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/exceptions.h"
#include "runtime/names.h"
#include "runtime/str.h"
#include "runtime/descriptors.h"
#include "runtime/type_internal.h"

Ref err_no_attribute(Thread *t, Value self, Value name) {
    return err_attribute(t, self, name, "'%.100T' object has no attribute '%V'", self, name);
}

static bool name_ok(Thread *t, Value name) {
    if (likely(is_str(name))) return true;
    err_set(t, E_TypeError, "attribute name must be string, not '%.200T'", name);
    return false;
}

/* A data descriptor found on self's type `type`, used on self. Fields and computed attributes are checked against that type, not against what self has
 * by now: another thread may have assigned __class__ since, to a class of the same layout. One that doesn't apply to `type` (it was taken from another
 * class) goes its own way, to its TypeError. */
static Ref data_get(Thread *t, Type *kind, Value attr, Value self, Type *type) {
    if (kind == &member_type && type_is_subtype(type, as(MemberDescriptor, attr)->owner))
        return member_get(t, value_object(self), &as(MemberDescriptor, attr)->def);
    if (kind == &getset_type && type_is_subtype(type, as(GetSetDescriptor, attr)->owner)) {
        const GetSetDef *def = as(GetSetDescriptor, attr)->def;
        if (def->get != NULL) return def->get(t, self, def->closure);
    }
    return kind->descr_get(t, attr, self, type_value(type));
}
static int data_set(Thread *t, Type *kind, Value attr, Value self, Value value, Type *type) {
    if (kind == &member_type && type_is_subtype(type, as(MemberDescriptor, attr)->owner))
        return member_set(t, value_object(self), &as(MemberDescriptor, attr)->def, value);
    if (kind == &getset_type && type_is_subtype(type, as(GetSetDescriptor, attr)->owner)) {
        const GetSetDef *def = as(GetSetDescriptor, attr)->def;
        if (def->set != NULL) return def->set(t, self, value, def->closure);
    }
    return kind->descr_set(t, attr, self, value);
}

/* dict: the instance's dict, or null for its own attribute storage */
static ALWAYS_INLINE Ref getattr_opt(Thread *t, Value self, Value name, Value dict) {
    Type *type = type_of(self);
    if (unlikely(!name_ok(t, name))) return REF_NULL;
    Value attr = type_lookup(t, type, name);
    Type *kind = NULL;
    Ref hold = REF_NULL;
    if (!value_is_null(attr)) {
        kind = type_of(attr);
        hold = ref_new(t, attr); /* a look at the instance's own attributes may ask keys written in Python, which may change the class */
        if (kind->descr_get != NULL && kind->descr_set != NULL) {
            Ref r = data_get(t, kind, attr, self, type);
            ref_drop(t, hold);
            return r;
        }
    }
    if (!value_is_null(dict)) {
        Ref r = ref_new(t, dict_get_str(t, dict, name));
        if (!ref_is_null(r) || unlikely(err_pending(t))) {
            ref_drop(t, hold);
            return r;
        }
    } else if (type->attrs_offset != 0) {
        Ref r = instance_get(t, self, name);
        if (!ref_is_null(r) || unlikely(err_pending(t))) {
            ref_drop(t, hold);
            return r;
        }
    }
    if (kind == NULL) return REF_NULL;
    if (kind->descr_get == NULL) return hold;
    Ref r = kind->descr_get(t, attr, self, type_value(type));
    ref_drop(t, hold);
    return r;
}

Ref generic_getattr_opt(Thread *t, Value self, Value name) {
    Ref r = getattr_opt(t, self, name, VALUE_NULL);
    if (ref_is_null(r) && err_pending(t)) err_clear_if(t, E_AttributeError);
    return r;
}
Ref generic_getattr(Thread *t, Value self, Value name) {
    Ref r = getattr_opt(t, self, name, VALUE_NULL);
    return likely(!ref_is_null(r)) || err_pending(t) ? r : err_no_attribute(t, self, name);
}
Ref generic_getattr_dict(Thread *t, Value self, Value name, Value dict) {
    Ref r = getattr_opt(t, self, name, dict);
    return likely(!ref_is_null(r)) || err_pending(t) ? r : err_no_attribute(t, self, name);
}

static int dict_store(Thread *t, Value dict, Value name, Value value) {
    if (!value_is_null(value)) return dict_set(t, dict, name, value);
    Ref gone = REF_NULL;
    int found = dict_pop(t, dict, name, &gone);
    if (found > 0) ref_drop(t, gone);
    return found < 0 ? -1 : !found;
}

static int setattr(Thread *t, Value self, Value name, Value value, Value dict) {
    Type *type = type_of(self);
    if (unlikely(!name_ok(t, name))) return -1;
    Value attr = type_lookup(t, type, name);
    if (!value_is_null(attr)) {
        Type *kind = type_of(attr);
        if (kind->descr_set != NULL) {
            Ref hold = ref_new(t, attr);
            int r = data_set(t, kind, attr, self, value, type);
            ref_drop(t, hold);
            return r;
        }
    }
    if (value_is_null(dict) && type->attrs_offset == 0) {
        if (value_is_null(attr)) err_set(t, E_AttributeError, "'%.100T' object has no attribute '%V'", self, name);
        else err_set(t, E_AttributeError, "'%.50T' object attribute '%V' is read-only", self, name);
        return -1;
    }
    int r = value_is_null(dict) ? instance_set(t, self, name, value) : dict_store(t, dict, name, value);
    if (r > 0) err_set(t, E_AttributeError, "'%.100T' object has no attribute '%V'", self, name); /* deleting what isn't there */
    return r == 0 ? 0 : -1;
}
int generic_setattr(Thread *t, Value self, Value name, Value value) { return setattr(t, self, name, value, VALUE_NULL); }
int generic_setattr_dict(Thread *t, Value self, Value name, Value value, Value dict) { return setattr(t, self, name, value, dict); }

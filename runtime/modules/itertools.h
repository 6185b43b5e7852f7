/* Inside itertools*.c only: the types that the module is made of. */
#ifndef WEFT_RUNTIME_MODULES_ITERTOOLS_H
#define WEFT_RUNTIME_MODULES_ITERTOOLS_H
#include "runtime/modules/kit.h"
extern Type itertools_accumulate_type, itertools_chain_type, itertools_combinations_type, itertools_combinations_with_replacement_type,
    itertools_compress_type, itertools_count_type, itertools_cycle_type, itertools_dropwhile_type, itertools_filterfalse_type,
    itertools_groupby_type, itertools_grouper_type, itertools_islice_type, itertools_pairwise_type, itertools_permutations_type,
    itertools_product_type, itertools_repeat_type, itertools_starmap_type, itertools_takewhile_type, itertools_tee_type,
    itertools_tee_dataobject_type, itertools_zip_longest_type;
extern NativeDef itertools_functions[];
#endif

/* Functions that are compiled into each caller, so that an argument that is constant there makes a
 * version of its own. */
#ifndef TW_BASE_INLINE_H
#define TW_BASE_INLINE_H

#define TW_INLINE static inline __attribute__((always_inline))

#endif

#pragma once

// Unknown is not zero: a number that nobody stated is absent from requests, events and records.
// Filters, sorts, sums and averages leave it out. Copies must keep that, which `to.set_n(from.n())`
// does not.

// Copies a scalar with its presence: unknown in `from` becomes unknown in `*to`.
#define DAYBOOK_COPY_PRESENCE(field, from, to) \
  do {                                         \
    if ((from).has_##field()) {                \
      (to)->set_##field((from).field());       \
    } else {                                   \
      (to)->clear_##field();                   \
    }                                          \
  } while (false)

// For numbers that are always known, such as counters: events from before they had presence lack
// them where they were 0.
#define DAYBOOK_ZERO_IF_ABSENT(field, record)               \
  do {                                                      \
    if (!(record)->has_##field()) (record)->set_##field(0); \
  } while (false)

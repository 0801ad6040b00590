#pragma once

// Where a list goes on: sealed, so that clients can neither read nor make one.

#include <string>

#include "absl/status/statusor.h"
#include "eventstore/key_store.h"
#include "projections/list_plan.h"
#include "projections/views.h"

namespace daybook::projections {

// The last record of a page.
struct PageToken {
  eventstore::LogPosition position = 0;  // of the first page
  std::string sort_key;                  // of the last record seen
};

std::string SealPageToken(const ListQuery& query, const PageToken& token,
                          eventstore::KeyStore& keys);
// INVALID_PAGE_TOKEN for text that is no token of ours, belongs to another list, or to another
// version of the rows.
absl::StatusOr<PageToken> OpenPageToken(const ListQuery& query, const eventstore::KeyStore& keys);

}  // namespace daybook::projections

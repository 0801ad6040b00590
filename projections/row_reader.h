#pragma once

// Reads rows at one position: of the current column families at the position of a snapshot, of the
// timestamped ones at any position before.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "projections/published.h"

namespace daybook::projections {

// Walks the rows of a range in either direction. Used by one thread; the reader outlives it.
class RowCursor {
 public:
  virtual ~RowCursor() = default;
  virtual bool Valid() const = 0;
  virtual void Next() = 0;  // in the cursor's direction
  // Valid until Next.
  virtual absl::string_view key() const = 0;
  virtual absl::string_view value() const = 0;
  virtual absl::Status status() const = 0;
};

enum class Rows { kView, kPersonal };
// Whether records that are read stay in memory (row_cache.h). Not those of a walk over many: they
// would drive out what people look at.
enum class Remember { kYes, kNo };

// Used by one thread.
class RowReader {
 public:
  // REQUIRES: position <= published->position, the end of a commit. `unavailable`: why live views
  // do not answer all the same; `published` may then be null.
  RowReader(std::shared_ptr<const Published> published, eventstore::LogPosition position,
            absl::Status unavailable = absl::OkStatus())
      : published_(std::move(published)),
        position_(position),
        unavailable_(std::move(unavailable)) {}

  eventstore::LogPosition position() const { return position_; }
  bool is_past() const { return published_ != nullptr && position_ != published_->position; }
  const std::shared_ptr<const Published>& published() const { return published_; }

  // NOT_FOUND for an unknown view; VIEW_UNAVAILABLE with its position while it does not serve.
  absl::StatusOr<const Published::View*> FindView(absl::string_view name) const;

  absl::StatusOr<std::optional<std::string>> Get(const Published::View& view,
                                                 absl::string_view key) const;
  // Calls `visit` for each of `keys` in their order, with null where there is no row, until it
  // fails. A row is valid until `visit` returns.
  using Visitor = absl::FunctionRef<absl::Status(size_t i, const absl::string_view* row)>;
  absl::Status MultiGet(const Published::View& view, absl::Span<const absl::string_view> keys,
                        Visitor visit, Remember remember) const;
  // Rows with first <= key < last (empty `last`: to the end), on the first of them, or on the last
  // if `backward`. REQUIRES: personal rows are not read in the past.
  std::unique_ptr<RowCursor> Scan(const Published::View& view, absl::string_view first,
                                  absl::string_view last, bool backward = false,
                                  Rows rows = Rows::kView) const;

 private:
  const std::shared_ptr<const Published> published_;
  const eventstore::LogPosition position_;
  const absl::Status unavailable_;
};

}  // namespace daybook::projections

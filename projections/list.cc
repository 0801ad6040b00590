#include "projections/list.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "domain/base/check.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "projections/key.h"
#include "projections/list_page.h"
#include "projections/list_plan.h"
#include "projections/page_token.h"
#include "projections/record_row.h"
#include "projections/snapshot.h"
#include "projections/sorted_page.h"
#include "projections/walked_block.h"

namespace daybook::projections {

namespace {

constexpr size_t kBlock = 64;  // rows fetched at once

using IdSet = absl::flat_hash_set<Uuid>;

class ListRun {
 public:
  ListRun(const RowReader& reader, const Published::View& view, const ListQuery& query,
          const RecordType& type, const ListPlan& plan, const Snapshot* at,
          const eventstore::KeyStore& keys)
      : reader_(reader),
        view_(view),
        query_(query),
        type_(type),
        plan_(plan),
        rows_(query, type, plan, at, keys),
        found_(rows_.kept()),
        sorted_(reader, view, type, plan, page_size(), &rows_) {}

  // `after`: the sort key of the last record of the page before; empty for the first page.
  absl::Status Run(const std::string& after) {
    after_ = after;
    sorted_.StartAfter(after);
    if (plan_.by_id) return RunByIds();
    if (plan_.has_ordered) {
      DAYBOOK_RETURN_IF_ERROR(StartWalk());
      // Values cost more than rows: where an index narrows, none are computed only to be tried.
      const bool probes = !plan_.computed || plan_.narrowing.empty();
      DAYBOOK_RETURN_IF_ERROR(Walk(probes ? std::max(kProbeRows, 4 * page_size()) : 0));
      if (done_) return absl::OkStatus();
    }
    bool narrowed = false;
    DAYBOOK_RETURN_IF_ERROR(Narrow(&narrowed));
    if (narrowed && (ids_.size() <= kSortMax || !plan_.has_ordered)) return RunSorted();
    if (!plan_.has_ordered) return RunSortedScan();
    narrow_ = narrowed;
    return Walk(kScanBudget);
  }

  bool more() const { return more_; }
  // The sort key of the last record of the page. REQUIRES: more().
  std::string last() const {
    return walked_ ? OrderedKey(plan_, walked_to_) : found_.back().sort_key;
  }

  // Puts the records into the page. Uses up the run.
  absl::Status Fill(ListPage* page) { return rows_.Fill(page); }

 private:
  size_t page_size() const { return static_cast<size_t>(query_.page_size); }

  // Of a list that looks at very many records only the first stay in memory. Counts `rows` more.
  Remember Fetching(size_t rows) {
    fetched_ += rows;
    return fetched_ <= kSortMax ? Remember::kYes : Remember::kNo;
  }

  absl::Status Spend(size_t entries) {
    spent_ += entries;
    if (spent_ <= kScanBudget) return absl::OkStatus();
    return Reject(Reason::REASON_LIMIT_EXCEEDED,
                  absl::StrCat("the list looks at more than ", kScanBudget,
                               " entries; narrow the filter by indexed fields"),
                  {{"limit", absl::StrCat(kScanBudget)}});
  }

  // ---- in the order of an index

  absl::Status StartWalk() {
    std::string first = plan_.ordered.ranges[0].first;
    std::string last = plan_.ordered.ranges[0].last;
    if (!after_.empty()) {
      const std::string at = plan_.ordered.prefix + OrderedKey(plan_, after_);
      if (plan_.backward) {
        if (last.empty() || at < last) last = at;
      } else {
        first = std::max(first, at + '\0');
      }
    }
    const bool personal = plan_.ordered.index != nullptr && plan_.ordered.index->personal;
    walked_ = true;
    found_.reserve(page_size());
    cursor_ =
        reader_.Scan(view_, first, last, plan_.backward, personal ? Rows::kPersonal : Rows::kView);
    return absl::OkStatus();
  }

  // Goes on until the page is full, the walk ends, or `rows` more rows were looked at.
  absl::Status Walk(size_t rows) {
    while (cursor_->Valid() && rows > 0) {
      const size_t missing = page_size() - found_.size();
      // Where all records of the walk fit, the page is full as soon as there is another one.
      if (plan_.decided && missing == 0) {
        more_ = done_ = true;
        return absl::OkStatus();
      }
      const size_t want = std::min(rows, plan_.decided ? missing : std::max(kBlock, missing + 1));
      const size_t seen = spent_;
      DAYBOOK_RETURN_IF_ERROR(WalkBlock(want));
      rows -= std::min(rows, spent_ - seen);
      if (done_) return absl::OkStatus();
    }
    if (!cursor_->Valid()) done_ = true;
    return cursor_->status();
  }

  // Takes `want` rows of the walk.
  absl::Status WalkBlock(size_t want) {
    const size_t prefix = plan_.ordered.prefix.size();
    const bool records = plan_.ordered.index == nullptr;
    block_.Clear();
    while (cursor_->Valid() && block_.size() < want) {
      DAYBOOK_RETURN_IF_ERROR(Spend(1));
      const absl::string_view key = cursor_->key();
      if (!narrow_ || ids_.contains(Uuid::FromBytes(IdOf(key)))) {
        block_.Add(key.substr(prefix), records ? absl::string_view() : cursor_->value());
        if (records) DAYBOOK_RETURN_IF_ERROR(Take(block_.size() - 1, cursor_->value()));
        if (done_) return absl::OkStatus();
      }
      cursor_->Next();
    }
    DAYBOOK_RETURN_IF_ERROR(cursor_->status());
    if (!records) DAYBOOK_RETURN_IF_ERROR(FetchBlock());
    return SettleWalked();
  }

  // Takes those of the block that fit by their computed values.
  absl::Status SettleWalked() {
    if (!plan_.computed) return absl::OkStatus();
    DAYBOOK_ASSIGN_OR_RETURN(std::vector<KeptRow> fitting, rows_.Settle());
    for (KeptRow& row : fitting) {
      if (found_.size() == page_size()) {
        more_ = done_ = true;
        break;
      }
      walked_to_ = row.sort_key;
      found_.push_back(std::move(row));
    }
    return absl::OkStatus();
  }

  // Takes the rows of the block in their order: those that the index holds, the others fetched.
  absl::Status FetchBlock() {
    const std::string record = RecordPrefix(type_.object->id());
    const size_t size = record.size() + Uuid::kBytes;
    std::string bytes;
    bytes.reserve(size * block_.size());
    std::vector<absl::string_view> keys;
    std::vector<size_t> places;
    keys.reserve(block_.size());
    places.reserve(block_.size());
    for (size_t i = 0; i < block_.size(); ++i) {
      if (!block_.record(i).empty()) continue;
      const absl::string_view id = IdOf(block_.key(i));
      bytes.append(record).append(id.data(), id.size());
      keys.emplace_back(bytes.data() + bytes.size() - size, size);
      places.push_back(i);
    }
    taken_ = 0;
    if (!keys.empty()) {
      DAYBOOK_RETURN_IF_ERROR(reader_.MultiGet(
          view_, keys,
          [&](size_t i, const absl::string_view* row) { return TakeFetched(places[i], row); },
          Fetching(keys.size())));
    }
    return TakeCovering(block_.size());
  }

  absl::Status TakeFetched(size_t place, const absl::string_view* row) {
    if (row == nullptr) {
      return Reject(Reason::REASON_DATA_LOSS, "an index names a record that is not there");
    }
    DAYBOOK_RETURN_IF_ERROR(TakeCovering(place));
    taken_ = place + 1;
    return done_ ? absl::OkStatus() : Take(place, *row);
  }

  // The rows from `taken_` to `end`, which the index holds.
  absl::Status TakeCovering(size_t end) {
    for (; taken_ < end && !done_; ++taken_) {
      DAYBOOK_RETURN_IF_ERROR(Take(taken_, block_.record(taken_)));
    }
    return absl::OkStatus();
  }

  static absl::string_view IdOf(absl::string_view key) {
    return key.substr(key.size() - Uuid::kBytes);
  }

  // Row i of the block; the block comes in the order of the list.
  absl::Status Take(size_t i, absl::string_view row) {
    if (!plan_.decided) {
      DAYBOOK_ASSIGN_OR_RETURN(const bool fits, rows_.Fits(row));
      if (!fits) return absl::OkStatus();
    }
    const absl::string_view key = block_.key(i);
    if (plan_.computed) {
      rows_.SetAside(std::string(key));
      return absl::OkStatus();
    }
    if (found_.size() == page_size()) {
      more_ = done_ = true;
      return absl::OkStatus();
    }
    walked_to_.assign(key.data(), key.size());
    return rows_.Keep(row, !plan_.decided);
  }

  // ---- by sets of ids

  // Collects the ids of the narrowing indexes and intersects them. Indexes with too many are left
  // out.
  absl::Status Narrow(bool* narrowed) {
    for (const IndexAccess& access : plan_.narrowing) {
      if (*narrowed && ids_.size() <= kBlock) break;  // small enough to look at
      IdSet ids;
      bool complete = true;
      const Rows rows = access.index->personal ? Rows::kPersonal : Rows::kView;
      for (const IndexRange& range : access.ranges) {
        const auto cursor = reader_.Scan(view_, range.first, range.last, false, rows);
        for (; cursor->Valid() && complete; cursor->Next()) {
          DAYBOOK_RETURN_IF_ERROR(Spend(1));
          const Uuid id = Uuid::FromBytes(IdOf(cursor->key()));
          if (!*narrowed || ids_.contains(id)) ids.insert(id);
          complete = ids.size() <= kIdSetMax;
        }
        DAYBOOK_RETURN_IF_ERROR(cursor->status());
      }
      if (!complete) continue;
      ids_ = std::move(ids);
      *narrowed = true;
    }
    return absl::OkStatus();
  }

  absl::Status RunByIds() {
    for (const std::string& text : plan_.ids) {
      const absl::StatusOr<Uuid> id = Uuid::Parse(text);
      if (id.ok()) ids_.insert(*id);
    }
    return RunSorted();
  }

  absl::Status RunSorted() {
    found_.clear();
    walked_ = false;
    std::vector<Uuid> ids(ids_.begin(), ids_.end());
    std::sort(ids.begin(), ids.end());
    for (size_t from = 0; from < ids.size(); from += kBlock) {
      const size_t to = std::min(ids.size(), from + kBlock);
      DAYBOOK_RETURN_IF_ERROR(Spend(to - from));
      std::vector<std::string> keys;
      for (size_t i = from; i < to; ++i) keys.push_back(RecordKey(type_.object->id(), ids[i]));
      const std::vector<absl::string_view> views(keys.begin(), keys.end());
      DAYBOOK_RETURN_IF_ERROR(reader_.MultiGet(
          view_, views,
          [&](size_t i, const absl::string_view* row) {
            return row == nullptr ? absl::OkStatus() : sorted_.Offer(*row, ids[from + i]);
          },
          Fetching(to - from)));
    }
    return Finish();
  }

  // Without any index: looks at every record of the type.
  absl::Status RunSortedScan() {
    const std::string prefix = RecordPrefix(type_.object->id());
    const auto cursor = reader_.Scan(view_, prefix, PrefixEnd(prefix));
    for (; cursor->Valid(); cursor->Next()) {
      DAYBOOK_RETURN_IF_ERROR(Spend(1));
      DAYBOOK_RETURN_IF_ERROR(sorted_.Offer(cursor->value(), Uuid::FromBytes(IdOf(cursor->key()))));
    }
    DAYBOOK_RETURN_IF_ERROR(cursor->status());
    return Finish();
  }

  absl::Status Finish() {
    DAYBOOK_RETURN_IF_ERROR(sorted_.Finish());
    more_ = sorted_.more();
    return absl::OkStatus();
  }

  const RowReader& reader_;
  const Published::View& view_;
  const ListQuery& query_;
  const RecordType& type_;
  const ListPlan& plan_;
  PageRows rows_;
  std::vector<KeptRow>& found_;
  SortedPage sorted_;
  std::string after_;
  std::unique_ptr<RowCursor> cursor_;
  WalkedBlock block_;
  size_t taken_ = 0;  // of the block
  bool walked_ = false;
  std::string walked_to_;  // the last record taken: its key after the prefix
  IdSet ids_;
  bool narrow_ = false;
  size_t spent_ = 0;
  size_t fetched_ = 0;
  bool more_ = false;
  bool done_ = false;
};

absl::Status CheckPast(const RowReader& reader, bool personal) {
  if (!personal || !reader.is_past()) return absl::OkStatus();
  return Reject(
      Reason::REASON_AS_OF_NOT_AVAILABLE,
      "a list that filters or sorts by a personal field is answered for the present only: "
      "leave as_of out, or filter by other fields");
}

}  // namespace

absl::StatusOr<ListPage> RunList(const RowReader& reader, const ListQuery& query,
                                 const eventstore::EventStore& log, eventstore::KeyStore& keys) {
  if (query.page_size < 1 || query.page_size > kPageSizeMax) {
    return InvalidField("page_size", absl::StrCat("must be 1 to ", kPageSizeMax));
  }
  const RecordType& type = RecordTypeOf(*query.type);
  DAYBOOK_ASSIGN_OR_RETURN(const Published::View* view, reader.FindView(kRecordsView));
  std::optional<ListPlan> made;
  if (query.plan == nullptr) {
    DAYBOOK_ASSIGN_OR_RETURN(made, MakeListPlan(*query.type, query.filter, query.order));
  }
  const ListPlan& plan = made.has_value() ? *made : *query.plan;
  const bool personal = plan.personal || (query.computed != nullptr && query.computed->personal());
  DAYBOOK_RETURN_IF_ERROR(CheckPast(reader, personal));

  PageToken token{reader.position(), ""};
  if (!query.page_token.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(token, OpenPageToken(query, keys));
    // There is no past of personal indexes: such a list goes on in the present.
    if (personal) token.position = reader.position();
  }
  if (token.position > reader.published()->position) {
    return Reject(Reason::REASON_NOT_CAUGHT_UP, "the views have not reached the list's position",
                  {{"applied", absl::StrCat(reader.published()->position)}});
  }
  const RowReader at(reader.published(), token.position);
  ListPage page;
  page.position = at.position();
  page.recorded_at = reader.published()->recorded_at;
  if (at.is_past()) {
    page.recorded_at = absl::UnixEpoch();
    if (at.position() > 0) {
      DAYBOOK_ASSIGN_OR_RETURN(const eventstore::RecordedEvent event, log.ReadEvent(at.position()));
      page.recorded_at = event.recorded_at;
    }
  }
  std::unique_ptr<Snapshot> snapshot;
  if (plan.computed) {
    DAYBOOK_CHECK(query.computed != nullptr, "a list by computed fields has who computes them");
    snapshot = NewSnapshot(reader.published(), at.position(), page.recorded_at, log, keys);
  }
  ListRun run(at, *view, query, type, plan, snapshot.get(), keys);
  DAYBOOK_RETURN_IF_ERROR(run.Run(token.sort_key));
  if (run.more()) {
    page.next_page_token = SealPageToken(query, {at.position(), run.last()}, keys);
  }
  DAYBOOK_RETURN_IF_ERROR(run.Fill(&page));
  return page;
}

}  // namespace daybook::projections

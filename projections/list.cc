#include "projections/list.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "projections/key.h"
#include "projections/list_plan.h"
#include "projections/page_token.h"
#include "projections/personal_values.h"
#include "projections/record_row.h"

namespace daybook::projections {

namespace {

constexpr size_t kBlock = 64;  // rows fetched at once

using IdSet = absl::flat_hash_set<Uuid>;

struct Candidate {
  std::string sort_key;
  std::unique_ptr<google::protobuf::Message> record;
  std::vector<StoredPart> parts;
};

class ListRun {
 public:
  ListRun(const RowReader& reader, const Published::View& view, const ListQuery& query,
          const RecordType& type, ListPlan plan, const eventstore::KeyStore& keys)
      : reader_(reader),
        view_(view),
        query_(query),
        type_(type),
        plan_(std::move(plan)),
        opener_(keys),
        scratch_(type.aggregate->record->New()) {}

  // `after`: the sort key of the last record of the page before; empty for the first page.
  absl::Status Run(const std::string& after) {
    after_ = after;
    if (plan_.by_id) return RunByIds();
    if (plan_.has_ordered) {
      DAYBOOK_RETURN_IF_ERROR(StartWalk());
      DAYBOOK_RETURN_IF_ERROR(Walk(std::max(kProbeRows, 4 * page_size())));
      if (done_) return absl::OkStatus();
    }
    bool narrowed = false;
    DAYBOOK_RETURN_IF_ERROR(Narrow(&narrowed));
    if (narrowed && (ids_.size() <= kSortMax || !plan_.has_ordered)) return RunSorted();
    if (!plan_.has_ordered) return RunSortedScan();
    narrow_ = narrowed;
    return Walk(kScanBudget);
  }

  // The page, and whether there are more.
  std::vector<Candidate>& found() { return found_; }
  bool more() const { return more_; }
  PersonalOpener& opener() { return opener_; }

 private:
  size_t page_size() const { return static_cast<size_t>(query_.page_size); }

  absl::Status Spend(size_t entries) {
    spent_ += entries;
    if (spent_ <= kScanBudget) return absl::OkStatus();
    return Reject(Reason::REASON_LIMIT_EXCEEDED,
                  absl::StrCat("the list looks at more than ", kScanBudget,
                               " entries; narrow the filter by indexed fields"),
                  {{"limit", absl::StrCat(kScanBudget)}});
  }

  // Reads a row into scratch_ and tells whether the record fits.
  absl::StatusOr<bool> Fits(absl::string_view row) {
    DAYBOOK_RETURN_IF_ERROR(
        DecodeRecordRow(row, scratch_.get(), type_.personal_record ? &parts_ : nullptr));
    if (plan_.personal) DAYBOOK_RETURN_IF_ERROR(opener_.Open(parts_, scratch_.get()));
    return domain::Matches(query_.filter, *scratch_);
  }

  void Keep(std::string sort_key) {
    Candidate candidate{std::move(sort_key), std::move(scratch_), std::move(parts_)};
    scratch_.reset(type_.aggregate->record->New());
    parts_.clear();
    found_.push_back(std::move(candidate));
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
    cursor_ =
        reader_.Scan(view_, first, last, plan_.backward, personal ? Rows::kPersonal : Rows::kView);
    return absl::OkStatus();
  }

  // Goes on until the page is full, the walk ends, or `rows` more rows were looked at.
  absl::Status Walk(size_t rows) {
    const bool direct = plan_.ordered.index == nullptr;
    while (cursor_->Valid() && rows > 0) {
      block_.clear();
      block_keys_.clear();
      const size_t want = std::min(rows, std::max(kBlock, page_size() + 1 - found_.size()));
      while (cursor_->Valid() && block_.size() < want) {
        DAYBOOK_RETURN_IF_ERROR(Spend(1));
        const absl::string_view key = cursor_->key();
        const Uuid id = Uuid::FromBytes(key.substr(key.size() - Uuid::kBytes));
        if (!narrow_ || ids_.contains(id)) {
          block_.push_back(id);
          if (direct) {
            block_keys_.emplace_back(cursor_->value());
          } else {
            block_keys_.push_back(RecordKey(type_.object->id(), id));
          }
        }
        cursor_->Next();
      }
      DAYBOOK_RETURN_IF_ERROR(cursor_->status());
      rows -= std::min(rows, block_.size());
      DAYBOOK_RETURN_IF_ERROR(direct ? Take(block_keys_) : FetchAndTake());
      if (done_) return absl::OkStatus();
    }
    if (!cursor_->Valid()) done_ = true;
    return cursor_->status();
  }

  absl::Status FetchAndTake() {
    DAYBOOK_ASSIGN_OR_RETURN(auto rows, reader_.MultiGet(view_, block_keys_));
    std::vector<std::string> present;
    present.reserve(rows.size());
    for (std::optional<std::string>& row : rows) {
      if (!row.has_value()) {
        return Reject(Reason::REASON_DATA_LOSS, "an index names a record that is not there");
      }
      present.push_back(*std::move(row));
    }
    return Take(present);
  }

  // Rows in the order of the list.
  absl::Status Take(const std::vector<std::string>& rows) {
    for (size_t i = 0; i < rows.size(); ++i) {
      DAYBOOK_ASSIGN_OR_RETURN(const bool fits, Fits(rows[i]));
      if (!fits) continue;
      if (found_.size() == page_size()) {
        more_ = done_ = true;
        return absl::OkStatus();
      }
      Keep(SortKey(plan_, *scratch_, block_[i].bytes()));
    }
    return absl::OkStatus();
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
          const absl::string_view key = cursor->key();
          const Uuid id = Uuid::FromBytes(key.substr(key.size() - Uuid::kBytes));
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
    std::vector<Uuid> ids(ids_.begin(), ids_.end());
    std::sort(ids.begin(), ids.end());
    for (size_t from = 0; from < ids.size(); from += kBlock) {
      const size_t to = std::min(ids.size(), from + kBlock);
      DAYBOOK_RETURN_IF_ERROR(Spend(to - from));
      std::vector<std::string> keys;
      for (size_t i = from; i < to; ++i) keys.push_back(RecordKey(type_.object->id(), ids[i]));
      DAYBOOK_ASSIGN_OR_RETURN(const auto rows, reader_.MultiGet(view_, keys));
      for (size_t i = from; i < to; ++i) {
        if (rows[i - from].has_value()) DAYBOOK_RETURN_IF_ERROR(Offer(*rows[i - from], ids[i]));
      }
    }
    Finish();
    return absl::OkStatus();
  }

  // Without any index: looks at every record of the type.
  absl::Status RunSortedScan() {
    const std::string prefix = RecordPrefix(type_.object->id());
    const auto cursor = reader_.Scan(view_, prefix, PrefixEnd(prefix));
    for (; cursor->Valid(); cursor->Next()) {
      DAYBOOK_RETURN_IF_ERROR(Spend(1));
      const absl::string_view key = cursor->key();
      DAYBOOK_RETURN_IF_ERROR(
          Offer(cursor->value(), Uuid::FromBytes(key.substr(key.size() - Uuid::kBytes))));
    }
    DAYBOOK_RETURN_IF_ERROR(cursor->status());
    Finish();
    return absl::OkStatus();
  }

  static bool Before(const Candidate& a, const Candidate& b) { return a.sort_key < b.sort_key; }

  // Keeps the first page_size + 1 records after the cursor, as a heap with the last on top.
  absl::Status Offer(absl::string_view row, const Uuid& id) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool fits, Fits(row));
    if (!fits) return absl::OkStatus();
    std::string sort_key = SortKey(plan_, *scratch_, id.bytes());
    if (!after_.empty() && sort_key <= after_) return absl::OkStatus();
    if (found_.size() > page_size()) {
      if (sort_key >= found_.front().sort_key) return absl::OkStatus();
      std::pop_heap(found_.begin(), found_.end(), Before);
      found_.pop_back();
    }
    Keep(std::move(sort_key));
    std::push_heap(found_.begin(), found_.end(), Before);
    return absl::OkStatus();
  }

  void Finish() {
    std::sort_heap(found_.begin(), found_.end(), Before);
    more_ = found_.size() > page_size();
    if (more_) found_.pop_back();
  }

  const RowReader& reader_;
  const Published::View& view_;
  const ListQuery& query_;
  const RecordType& type_;
  const ListPlan plan_;
  PersonalOpener opener_;
  std::unique_ptr<google::protobuf::Message> scratch_;
  std::vector<StoredPart> parts_;
  std::string after_;
  std::unique_ptr<RowCursor> cursor_;
  std::vector<Uuid> block_;
  std::vector<std::string> block_keys_;
  IdSet ids_;
  bool narrow_ = false;
  size_t spent_ = 0;
  std::vector<Candidate> found_;
  bool more_ = false;
  bool done_ = false;
};

absl::Status CheckPast(const RowReader& reader, const ListPlan& plan) {
  if (!plan.personal || !reader.is_past()) return absl::OkStatus();
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
  DAYBOOK_ASSIGN_OR_RETURN(ListPlan plan, MakeListPlan(type, query.filter, query.order));
  DAYBOOK_RETURN_IF_ERROR(CheckPast(reader, plan));
  const bool personal = plan.personal;

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
  ListRun run(at, *view, query, type, std::move(plan), keys);
  DAYBOOK_RETURN_IF_ERROR(run.Run(token.sort_key));

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
  if (run.more()) {
    page.next_page_token = SealPageToken(query, {at.position(), run.found().back().sort_key}, keys);
  }
  for (Candidate& candidate : run.found()) {
    if (!personal) {
      DAYBOOK_RETURN_IF_ERROR(run.opener().Open(candidate.parts, candidate.record.get()));
    }
    page.records.push_back(std::move(candidate.record));
  }
  return page;
}

}  // namespace daybook::projections

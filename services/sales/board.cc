// Boards of cards: one walk over the records of a board, told apart by column.

#include "services/sales/board.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "daybook/sales/v1/lead.pb.h"
#include "daybook/work/v1/activity.pb.h"
#include "domain/base/error.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/base/time.h"
#include "domain/sales/board_columns.h"
#include "domain/sales/card_order.h"
#include "eventstore/hash.h"
#include "projections/sales_board.h"
#include "services/custom_fields.h"
#include "services/listed_fields.h"
#include "services/record_filters.h"
#include "services/sales/board_card.h"
#include "services/sales/board_messages.h"
#include "services/sealed_cursor.h"
#include "services/sums.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::sales::v1;
namespace work = ::daybook::work::v1;
using google::protobuf::Message;
using projections::Measures;
using projections::Snapshot;

constexpr char kColumnPage[] = "board-column";

enum Sum : uint8_t { kValue = 1, kWeighted = 2, kActual = 3, kLost = 4 };
constexpr std::pair<Sum, const char*> kSums[] = {{kValue, "value"},
                                                 {kWeighted, "weighted_value"},
                                                 {kActual, "actual_value"},
                                                 {kLost, "lost_value"}};

// Records of a board whose day is in one field.
struct Part {
  const char* condition;
  const char* period_field;
};

std::vector<Part> PartsOf(pb::BoardKind kind) {
  const Part open = {"state = OPEN", "expected_close_date"};
  switch (kind) {
    case pb::BOARD_KIND_LEAD:
      return {{"", "captured_time"}};
    case pb::BOARD_KIND_PIPELINE:
      return {open};
    case pb::BOARD_KIND_SALES:
      return {open,
              {"state = WON OR state = PARTIALLY_WON OR state = LOST OR state = ABANDONED",
               "close_date"}};
    case pb::BOARD_KIND_ACTIVITY:
      return {{"state = PLANNED OR state = CANCELLED", "due_on"}, {"state = DONE", "done_time"}};
    default:
      return {};
  }
}

// A card before it is read: where it stands in its column.
struct Place {
  size_t rank;    // in the order that was chosen; the number of cards in it where none was
  int64_t order;  // among the others
  std::string id;
};

struct ColumnOfCards {
  std::string label;
  int64_t count = 0;
  Measures sums;
  std::vector<Place> places;
};

void AddSums(const pb::Opportunity& deal, Measures* sums) {
  const auto add = [sums](Sum sum, const type::v1::Money& money, absl::int128 amount) {
    if (!money.currency().empty()) sums->Add(sum, ToAbsl(money.currency()), amount);
  };
  add(kValue, deal.value(), deal.value().minor());
  add(kActual, deal.actual_value(), deal.actual_value().minor());
  add(kLost, deal.lost_value(), deal.lost_value().minor());
  if (deal.state() == pb::OPPORTUNITY_STATE_OPEN) {
    add(kWeighted, deal.value(), projections::WeightedNano(deal));
  }
}

// One answer.
class Board {
 public:
  Board(const Query& query, const Snapshot& snapshot, const pb::GetBoardRequest& request)
      : query_(query), snapshot_(snapshot), request_(request) {}

  // Finds out what is asked for. Before all others.
  absl::Status Prepare() {
    aggregate_ = domain::BoardAggregate(request_.kind());
    if (aggregate_.empty()) return InvalidField("kind", "name a board");
    DAYBOOK_RETURN_IF_ERROR(query_.deps.access.CheckRead(query_.principal, aggregate_));
    DAYBOOK_ASSIGN_OR_RETURN(const ReadType read, query_.deps.custom_fields.Of(aggregate_));
    type_ = read.type;
    read_ = read;
    currency_ = query_.deps.engine.GetSettings().currency;
    RecordFilter asked(*type_, currency_);
    asked.AllowComputed();
    DAYBOOK_RETURN_IF_ERROR(asked.Add(request_.filter()));
    DAYBOOK_ASSIGN_OR_RETURN(
        computed_, ListedFields::Make(query_, read_, asked.filter(), {}, ListedBy::kFigure));
    return absl::OkStatus();
  }

  // What the computed fields of the filter follow from; empty where it names none.
  std::string rules() const { return computed_ == nullptr ? "" : computed_->Fingerprint(); }

  // Reads what stands in which column. `only`: one column; empty: those asked for.
  absl::Status Read(const std::string& only) {
    DAYBOOK_RETURN_IF_ERROR(MakeColumns(only));
    DAYBOOK_RETURN_IF_ERROR(ReadOrder());
    DAYBOOK_ASSIGN_OR_RETURN(
        const auto period,
        OptionalPeriod(request_.has_period_from(), request_.period_from(),
                       request_.has_period_until(), request_.period_until(), kBoardPeriodDaysMax));
    for (const Part& part : PartsOf(request_.kind())) {
      DAYBOOK_RETURN_IF_ERROR(Collect(part, period));
    }
    for (auto& [id, column] : columns_) {
      std::sort(column.places.begin(), column.places.end(), [](const Place& a, const Place& b) {
        return std::tie(a.rank, a.order, a.id) < std::tie(b.rank, b.order, b.id);
      });
    }
    return absl::OkStatus();
  }

  // Puts each column with its cards from `offset` on into the response.
  absl::Status Fill(const std::string& question, size_t offset, pb::GetBoardResponse* response) {
    response->set_order_id(order_id_);
    response->set_order_revision(order_revision_);
    for (const std::string& id : column_ids_) {
      const ColumnOfCards& column = columns_[id];
      pb::BoardList* list = response->add_columns();
      list->set_id(id);
      list->set_label(column.label);
      list->set_count(column.count);
      response->set_count(response->count() + column.count);
      FillSums(column.sums, list);
      const size_t first = std::min(offset, column.places.size());
      const size_t end = std::min(column.places.size(), first + PageSize());
      DAYBOOK_RETURN_IF_ERROR(FillCards(column, first, end, list));
      if (end == column.places.size()) continue;
      list->set_next_page_token(SealCursor(
          query_.deps, kColumnPage, {snapshot_.position(), absl::StrCat(question, id), end}));
    }
    return absl::OkStatus();
  }

 private:
  size_t PageSize() const {
    return static_cast<size_t>(request_.page_size() == 0 ? kBoardCardsDefault
                                                         : request_.page_size());
  }

  bool OfDeals() const { return aggregate_ == "opportunity"; }

  void AddColumn(const std::string& id, const std::string& label) {
    column_ids_.push_back(id);
    columns_[id].label = label;
  }

  void AddStates(const google::protobuf::EnumDescriptor& states, int first, int last) {
    for (int number = first; number <= last; ++number) {
      const std::string name = domain::EnumValueName(states, number);
      AddColumn(name, name);
    }
  }

  absl::Status MakeColumns(const std::string& only) {
    if (aggregate_ == "lead") {
      AddStates(*pb::LeadState_descriptor(), pb::LEAD_STATE_NEW, pb::LEAD_STATE_DO_NOT_CONTACT);
    } else if (aggregate_ == "activity") {
      AddStates(*work::ActivityState_descriptor(), work::ACTIVITY_STATE_PLANNED,
                work::ACTIVITY_STATE_CANCELLED);
    } else {
      DAYBOOK_ASSIGN_OR_RETURN(const auto process, FindProcess());
      process_id_ = process.id();
      for (const auto& [id, label] : StagesOf(process)) AddColumn(id, label);
      if (request_.kind() == pb::BOARD_KIND_SALES) {
        AddStates(*pb::OpportunityState_descriptor(), pb::OPPORTUNITY_STATE_WON,
                  pb::OPPORTUNITY_STATE_ABANDONED);
      }
    }
    std::vector<std::string> wanted(request_.columns().begin(), request_.columns().end());
    if (!only.empty()) wanted = {only};
    if (wanted.empty()) return absl::OkStatus();
    for (const std::string& id : wanted) {
      if (!columns_.contains(id)) {
        return InvalidField("columns", absl::StrCat("this board has no column '", id, "'"));
      }
    }
    std::erase_if(column_ids_, [&](const std::string& id) {
      return std::find(wanted.begin(), wanted.end(), id) == wanted.end();
    });
    return absl::OkStatus();
  }

  // The one asked for, or the only one that is published, or of several the only one with deals.
  absl::StatusOr<setup::v1::SalesProcess> FindProcess() {
    const domain::ObjectType& type = *domain::Registry::Get().Find("sales_process");
    if (!request_.process_id().empty()) {
      DAYBOOK_ASSIGN_OR_RETURN(const auto record,
                               ReadRecord(query_, "sales_process", request_.process_id(), {}));
      return static_cast<const setup::v1::SalesProcess&>(*record);
    }
    projections::ListQuery all;
    all.type = &type;
    all.page_size = projections::kPageSizeMax;
    DAYBOOK_ASSIGN_OR_RETURN(const auto page, snapshot_.List(all));
    std::vector<const setup::v1::SalesProcess*> published, with_deals;
    for (const auto& record : page.records) {
      const auto& process = static_cast<const setup::v1::SalesProcess&>(*record);
      if (process.published_version() == 0) continue;
      published.push_back(&process);
      DAYBOOK_ASSIGN_OR_RETURN(const auto deals,
                               snapshot_.FindByReference(*type_, "process_id", process.id(), 1));
      if (!deals.empty()) with_deals.push_back(&process);
    }
    if (published.size() == 1) return *published.front();
    if (with_deals.size() == 1) return *with_deals.front();
    return InvalidField("process_id",
                        absl::StrCat(published.size(), " sales processes are published; name one"));
  }

  absl::Status ReadOrder() {
    const std::string owner = domain::CardOrderOwner(request_.scope(), query_.principal.actor);
    order_id_ = domain::CardOrderId(request_.kind(), owner);
    DAYBOOK_ASSIGN_OR_RETURN(
        const auto record,
        snapshot_.GetRecord(*domain::Registry::Get().Find(domain::CardOrder::kName), order_id_));
    if (record == nullptr) return absl::OkStatus();
    const auto& order = static_cast<const pb::CardOrder&>(*record);
    order_revision_ = order.meta().revision();
    for (const std::string& id : order.card_ids()) ranks_.emplace(id, ranks_.size());
    return absl::OkStatus();
  }

  absl::Status Collect(const Part& part, const std::optional<DayPeriod>& period) {
    RecordFilter filter(*type_, currency_);
    filter.AllowComputed();
    DAYBOOK_RETURN_IF_ERROR(filter.Add(request_.filter()));
    DAYBOOK_RETURN_IF_ERROR(filter.Add(part.condition));
    DAYBOOK_RETURN_IF_ERROR(filter.LeaveOutArchived());
    if (OfDeals()) {
      DAYBOOK_RETURN_IF_ERROR(filter.Add(absl::StrCat("process_id = \"", process_id_, "\"")));
    }
    if (period.has_value()) {
      DAYBOOK_RETURN_IF_ERROR(filter.AddPeriod(part.period_field, period->from, period->until,
                                               query_.deps.engine.GetSettings().zone));
    }
    const domain::Field& id = *type_->Find("id");
    projections::ComputedValues* const computed = computed_.get();
    return snapshot_.VisitRecords(*type_, filter.filter(), computed, [&](const Message& record) {
      const auto found = columns_.find(domain::BoardColumn(request_.kind(), record));
      if (found == columns_.end()) return absl::OkStatus();
      ColumnOfCards& column = found->second;
      ++column.count;
      if (OfDeals()) AddSums(static_cast<const pb::Opportunity&>(record), &column.sums);
      Place& place = column.places.emplace_back();
      place.id = domain::FormatValue(record, id);
      place.order = BoardCardOrder(request_.kind(), record);
      const auto rank = ranks_.find(place.id);
      place.rank = rank == ranks_.end() ? ranks_.size() : rank->second;
      return absl::OkStatus();
    });
  }

  void FillSums(const Measures& sums, pb::BoardList* list) {
    for (const auto& [sum, name] : kSums) {
      for (const std::string& currency : sums.Currencies()) {
        absl::int128 minor = sums.Get(sum, currency);
        if (minor == 0) continue;
        if (sum == kWeighted) minor = DivideHalfEven(minor, kNano);
        pb::BoardSum* out = list->add_sums();
        out->set_name(name);
        SetSum(minor, currency, out->mutable_sum());
      }
    }
  }

  absl::Status FillCards(const ColumnOfCards& column, size_t first, size_t end,
                         pb::BoardList* list) {
    std::vector<std::string> ids;
    for (size_t i = first; i < end; ++i) ids.push_back(column.places[i].id);
    DAYBOOK_ASSIGN_OR_RETURN(const auto records, snapshot_.GetRecords(*type_, ids));
    for (size_t i = 0; i < records.size(); ++i) {
      if (records[i] == nullptr) continue;
      pb::BoardCard* card = list->add_cards();
      card->set_id(ids[i]);
      card->set_ranked(ranks_.contains(ids[i]));
      FillBoardCard(request_.kind(), *records[i], card);
    }
    return absl::OkStatus();
  }

  const Query& query_;
  const Snapshot& snapshot_;
  const pb::GetBoardRequest& request_;
  absl::string_view aggregate_;
  ReadType read_;
  std::string currency_;                    // of the organisation
  std::unique_ptr<ListedFields> computed_;  // null where the filter names none
  std::shared_ptr<const domain::ObjectType> type_;
  std::string process_id_;
  std::string order_id_;
  uint64_t order_revision_ = 0;
  absl::flat_hash_map<std::string, size_t> ranks_;
  std::vector<std::string> column_ids_;  // to show, in order
  std::map<std::string, ColumnOfCards> columns_;
};

// What all pages of one board have in common.
std::string QuestionOf(const Query& query, const pb::GetBoardRequest& request,
                       const std::string& rules) {
  const std::string question = PageQuestion(query, request);
  if (rules.empty()) return question;
  const eventstore::Hash hash = eventstore::Sha256(absl::StrCat(question, rules));
  return std::string(reinterpret_cast<const char*>(hash.data()), hash.size());
}

}  // namespace

absl::Status ReadBoard(const Query& query, const pb::GetBoardRequest& request,
                       pb::GetBoardResponse* response) {
  if (request.page_size() < 0 || request.page_size() > kBoardCardsMax) {
    return InvalidField("page_size", absl::StrCat("must be from 1 to ", kBoardCardsMax));
  }
  if (request.page_token().empty()) {
    Board board(query, query.snapshot, request);
    DAYBOOK_RETURN_IF_ERROR(board.Prepare());
    DAYBOOK_RETURN_IF_ERROR(board.Read(""));
    return board.Fill(QuestionOf(query, request, board.rules()), 0, response);
  }
  DAYBOOK_ASSIGN_OR_RETURN(const SealedCursor cursor,
                           OpenCursor(query.deps, kColumnPage, request.page_token()));
  DAYBOOK_ASSIGN_OR_RETURN(const auto snapshot, OpenAt(query, cursor));
  Board board(query, *snapshot, request);
  DAYBOOK_RETURN_IF_ERROR(board.Prepare());
  const std::string question = QuestionOf(query, request, board.rules());
  if (cursor.question.compare(0, question.size(), question) != 0) {
    return Reject(rpc::v1::REASON_INVALID_PAGE_TOKEN,
                  "the token belongs to another board, or its lookups and rollups follow other "
                  "rules now; ask the question again");
  }
  DAYBOOK_RETURN_IF_ERROR(board.Read(cursor.question.substr(question.size())));
  return board.Fill(question, cursor.offset, response);
}

}  // namespace daybook::services

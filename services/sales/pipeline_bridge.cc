// The bridge between two moments and the deals behind its bars.

#include "absl/strings/str_cat.h"
#include "daybook/sales/v1/opportunity.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/base/time.h"
#include "projections/pipeline_moves.h"
#include "services/sales/pipeline_analysis.h"
#include "services/sealed_cursor.h"
#include "services/sums.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::sales::v1;
using projections::Measures;
using projections::MoveBar;
using projections::Snapshot;

constexpr char kMovesPage[] = "pipeline-moves";
constexpr int kMovesDefault = 50;
constexpr int kMovesMax = 1000;

// What is open, counted from the deals themselves.
absl::StatusOr<Measures> OpenSums(const Snapshot& snapshot, const projections::MoveQuery& query) {
  DAYBOOK_ASSIGN_OR_RETURN(
      const auto board,
      projections::ReadSalesBoard(snapshot, {query.owner_id, query.process_id, std::nullopt}));
  Measures sums;
  for (const projections::BoardColumnSums& column : board.columns) {
    if (column.state != pb::OPPORTUNITY_STATE_OPEN) continue;
    sums.Add(projections::kMoveDeals, "", column.sums.Get(projections::kBoardCount));
    for (const std::string& currency : column.sums.Currencies()) {
      sums.Add(projections::kMoveAmount, currency,
               column.sums.Get(projections::kBoardProjected, currency));
    }
  }
  return sums;
}

void FillOpen(const Measures& sums, pb::OpenPipeline* open) {
  open->set_count(Saturated(sums.Get(projections::kMoveDeals)));
  AddAmounts(sums, projections::kMoveAmount, open->mutable_value());
}

// What each bar gained between the two, by bar.
absl::StatusOr<std::map<MoveBar, Measures>> BarsBetween(const Snapshot& from, const Snapshot& until,
                                                        const projections::MoveQuery& query) {
  std::map<MoveBar, Measures> bars;
  DAYBOOK_ASSIGN_OR_RETURN(const auto after, projections::ReadBars(until, query));
  DAYBOOK_ASSIGN_OR_RETURN(const auto before, projections::ReadBars(from, query));
  for (const projections::BarSums& bar : after) bars[bar.bar].Add(bar.sums, 1);
  for (const projections::BarSums& bar : before) bars[bar.bar].Add(bar.sums, -1);
  return bars;
}

void FillBar(MoveBar bar, const Measures& sums, pb::BridgeBar* filled) {
  filled->set_bar(static_cast<pb::PipelineBar>(bar));
  filled->set_moves(Saturated(sums.Get(projections::kMoveCount)));
  filled->set_count(Saturated(sums.Get(projections::kMoveDeals)));
  AddAmounts(sums, projections::kMoveAmount, filled->mutable_value());
}

absl::StatusOr<std::unique_ptr<Snapshot>> OpenFrom(const Query& query,
                                                   const rpc::v1::ReadHeader& from) {
  DAYBOOK_ASSIGN_OR_RETURN(std::unique_ptr<Snapshot> past, OpenPast(query, "from", from));
  if (past->position() <= query.snapshot.position()) return past;
  return InvalidField("from.as_of", absl::StrCat("position ", past->position(),
                                                 " is after the later moment, position ",
                                                 query.snapshot.position()));
}

}  // namespace

void SetReadPosition(const Snapshot& snapshot, rpc::v1::ReadPosition* read) {
  read->set_position(snapshot.position());
  if (snapshot.position() > 0) *read->mutable_recorded_at() = ToProto(snapshot.recorded_at());
}

absl::Status ReadPipelineBridge(const Query& query, const pb::GetPipelineBridgeRequest& request,
                                pb::GetPipelineBridgeResponse* response) {
  const projections::MoveQuery whose{request.owner_id(), request.process_id()};
  DAYBOOK_ASSIGN_OR_RETURN(const auto from, OpenFrom(query, request.from()));
  SetReadPosition(*from, response->mutable_from());
  DAYBOOK_ASSIGN_OR_RETURN(const Measures open_from, OpenSums(*from, whose));
  DAYBOOK_ASSIGN_OR_RETURN(const Measures open_until, OpenSums(query.snapshot, whose));
  DAYBOOK_ASSIGN_OR_RETURN(const auto bars, BarsBetween(*from, query.snapshot, whose));
  FillOpen(open_from, response->mutable_open_from());
  FillOpen(open_until, response->mutable_open_until());
  Measures residual = open_until;
  residual.Add(open_from, -1);
  for (const auto& [bar, sums] : bars) {
    residual.Add(sums, -1);
    if (!sums.empty()) FillBar(bar, sums, response->add_bars());
  }
  response->set_residual_count(Saturated(residual.Get(projections::kMoveDeals)));
  AddAmounts(residual, projections::kMoveAmount, response->mutable_residual_value());
  return absl::OkStatus();
}

absl::Status ReadPipelineMoves(const Query& query, const pb::ListPipelineMovesRequest& request,
                               pb::ListPipelineMovesResponse* response) {
  const int size = request.page_size() == 0 ? kMovesDefault : request.page_size();
  if (size < 1 || size > kMovesMax) {
    return InvalidField("page_size", absl::StrCat("must be 1 to ", kMovesMax));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const auto from, OpenFrom(query, request.from()));
  eventstore::LogPosition after = from->position();
  if (!request.page_token().empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(const SealedCursor cursor, OpenPage(query, kMovesPage, request));
    after = std::max(after, cursor.position);
  }
  // An event makes at most a few moves under one bar, so pages end between positions.
  DAYBOOK_ASSIGN_OR_RETURN(
      auto moves, projections::ReadMoves(query.snapshot, {request.owner_id(), request.process_id()},
                                         static_cast<MoveBar>(request.bar()), after,
                                         query.snapshot.position(), static_cast<size_t>(size) + 1));
  if (moves.size() > static_cast<size_t>(size)) {
    moves.resize(static_cast<size_t>(size));
    response->set_next_page_token(SealPage(query, kMovesPage, request, moves.back().position, 0));
  }
  std::vector<std::string> ids;
  for (const projections::PipelineMove& move : moves) ids.push_back(move.opportunity_id);
  DAYBOOK_ASSIGN_OR_RETURN(
      const auto deals,
      query.snapshot.GetRecords(*domain::Registry::Get().Find("opportunity"), ids));
  for (size_t i = 0; i < moves.size(); ++i) {
    pb::PipelineMove* move = response->add_moves();
    move->set_opportunity_id(moves[i].opportunity_id);
    if (deals[i] != nullptr) {
      move->set_subject(static_cast<const pb::Opportunity&>(*deals[i]).subject());
    }
    move->set_position(moves[i].position);
    move->set_owner_id(moves[i].owner_id);
    move->set_count(Saturated(moves[i].sums.Get(projections::kMoveDeals)));
    AddAmounts(moves[i].sums, projections::kMoveAmount, move->mutable_value());
  }
  return absl::OkStatus();
}

}  // namespace daybook::services

#include "services/sales/kpi.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "daybook/sales/v1/opportunity.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/base/time.h"
#include "projections/key.h"
#include "services/custom_fields.h"
#include "services/listed_fields.h"
#include "services/record_filters.h"
#include "services/sales/kpi_metrics.h"
#include "services/sealed_cursor.h"
#include "services/sums.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::sales::v1;
using google::protobuf::Message;
using projections::Measures;
using projections::Snapshot;

constexpr char kDrill[] = "kpi-drill";
constexpr size_t kRecordsAtOnce = 1000;

// What makes a number: the question, the settings it is understood by, and, of one number of
// several, what its records have in common.
struct Question {
  pb::GetKpiRequest request;
  std::string currency;  // of the organisation
  std::string zone;
  bool grouped = false;
  std::vector<std::string> values;  // one for each field of group_by
  // What the computed fields of the filter follow from (ListedFields::Fingerprint); empty where it
  // names none.
  std::string rules;

  std::string Encode() const {
    pb::GetKpiRequest bare = request;
    bare.clear_header();
    projections::Key key;
    key.Text(bare.SerializeAsString()).Text(currency).Text(zone).U8(grouped ? 1 : 0);
    for (const std::string& value : values) key.Text(value);
    if (!rules.empty()) key.Text(rules);
    return key.Take();
  }
  // False for bytes that are no question.
  bool Decode(const std::string& bytes) {
    projections::KeyReader reader(bytes);
    std::string bare;
    uint8_t group = 0;
    if (!reader.Text(&bare) || !reader.Text(&currency) || !reader.Text(&zone) ||
        !reader.U8(&group) || !request.ParseFromString(bare)) {
      return false;
    }
    grouped = group != 0;
    values.resize(grouped ? static_cast<size_t>(request.group_by_size()) : 0);
    for (std::string& value : values) {
      if (!reader.Text(&value)) return false;
    }
    return reader.done() || (reader.Text(&rules) && reader.done());
  }
};

// A record that is counted.
struct Counted {
  const Message& record;
  const Measures& sums;
};
using CountedVisitor = absl::FunctionRef<absl::Status(const Counted&)>;

// A question made ready: refused where it cannot be asked.
class KpiRun {
 public:
  static absl::StatusOr<KpiRun> Prepare(const Query& query, const Snapshot& snapshot,
                                        const Question& question) {
    KpiRun run(snapshot, question);
    run.kpi_ = FindKpi(question.request.metric());
    if (run.kpi_ == nullptr) return InvalidField("metric", "there is no such metric");
    DAYBOOK_RETURN_IF_ERROR(query.deps.access.CheckRead(query.principal, run.kpi_->aggregate));
    if (run.kpi_->deals) {
      DAYBOOK_RETURN_IF_ERROR(query.deps.access.CheckRead(query.principal, "opportunity"));
    }
    DAYBOOK_ASSIGN_OR_RETURN(const ReadType read, query.deps.custom_fields.Of(run.kpi_->aggregate));
    run.type_ = read.type;
    DAYBOOK_RETURN_IF_ERROR(run.FindGroups());
    DAYBOOK_RETURN_IF_ERROR(run.MakeFilters());
    DAYBOOK_ASSIGN_OR_RETURN(run.computed_,
                             ListedFields::Make(query, read, run.filter_, {}, ListedBy::kFigure));
    if (!question.request.currency().empty() && run.kpi_->amounts.empty()) {
      return InvalidField("currency", "this metric has no amounts");
    }
    return run;
  }

  const KpiDefinition& kpi() const { return *kpi_; }
  const domain::ObjectType& type() const { return *type_; }
  const std::vector<const domain::Field*>& groups() const { return groups_; }
  std::string rules() const { return computed_ == nullptr ? "" : computed_->Fingerprint(); }

  std::vector<std::string> ValuesOf(const Message& record) const {
    std::vector<std::string> values;
    for (const domain::Field* field : groups_)
      values.push_back(domain::FormatValue(record, *field));
    return values;
  }

  // Every record that is counted, each once. CURRENCY_MISMATCH, and as Snapshot::VisitRecords.
  absl::Status Visit(CountedVisitor visit) const {
    const auto checked = [&](const Counted& counted) -> absl::Status {
      if (question_.grouped && ValuesOf(counted.record) != question_.values) {
        return absl::OkStatus();
      }
      DAYBOOK_RETURN_IF_ERROR(CheckCurrency(counted.sums));
      return visit(counted);
    };
    if (kpi_->deals) return VisitByDeals(checked);
    return snapshot_.VisitRecords(*type_, filter_, computed_.get(), [&](const Message& record) {
      Measures sums;
      AddKpiAmounts(*kpi_, record, &sums);
      return checked({record, sums});
    });
  }

 private:
  KpiRun(const Snapshot& snapshot, const Question& question)
      : snapshot_(snapshot), question_(question) {}

  absl::Status FindGroups() {
    for (const std::string& path : question_.request.group_by()) {
      const domain::Field* field = type_->Find(path);
      if (field == nullptr) {
        return InvalidField("group_by", absl::StrCat(type_->aggregate(), " has no field ", path));
      }
      if (!MayGroupBy(*field)) {
        return Reject(rpc::v1::REASON_FIELD_NOT_FILTERABLE,
                      absl::StrCat("figures cannot be told apart by ", path,
                                   ": give an indexed text, reference, enum or boolean that is "
                                   "not personal and not the name of the record"),
                      {{"field", path}});
      }
      if (std::find(groups_.begin(), groups_.end(), field) != groups_.end()) {
        return InvalidField("group_by", absl::StrCat(path, " is named twice"));
      }
      groups_.push_back(field);
    }
    return absl::OkStatus();
  }

  bool MayGroupBy(const domain::Field& field) const {
    if (!field.indexed || field.repeated || field.path == type_->title() ||
        field.security != domain::Security::kStandard) {
      return false;
    }
    switch (field.kind) {
      case domain::FieldKind::kText:
      case domain::FieldKind::kReference:
      case domain::FieldKind::kEnum:
      case domain::FieldKind::kBoolean:
        return true;
      case domain::FieldKind::kInteger:
      case domain::FieldKind::kMoney:
      case domain::FieldKind::kDate:
      case domain::FieldKind::kInstant:
      case domain::FieldKind::kShare:
      case domain::FieldKind::kStructure:
        return false;
    }
    return false;
  }

  absl::Status MakeFilters() {
    const pb::GetKpiRequest& request = question_.request;
    RecordFilter own(*type_, question_.currency);
    own.AllowComputed();
    DAYBOOK_RETURN_IF_ERROR(own.Add(request.filter()));
    DAYBOOK_RETURN_IF_ERROR(own.LeaveOutArchived());
    RecordFilter deals(*domain::Registry::Get().Find("opportunity"), question_.currency);
    DAYBOOK_RETURN_IF_ERROR(deals.LeaveOutArchived());
    RecordFilter& told = kpi_->deals ? deals : own;
    DAYBOOK_RETURN_IF_ERROR(told.Add(kpi_->condition));
    DAYBOOK_ASSIGN_OR_RETURN(
        const auto period,
        OptionalPeriod(request.has_period_from(), request.period_from(), request.has_period_until(),
                       request.period_until(), kKpiPeriodDaysMax));
    if (period.has_value()) {
      DAYBOOK_ASSIGN_OR_RETURN(const absl::TimeZone zone, LoadZone(question_.zone));
      DAYBOOK_RETURN_IF_ERROR(
          told.AddPeriod(kpi_->period_field, period->from, period->until, zone));
    }
    filter_ = own.filter();
    deals_filter_ = deals.filter();
    return absl::OkStatus();
  }

  absl::Status CheckCurrency(const Measures& sums) const {
    const std::string& wanted = question_.request.currency();
    if (wanted.empty()) return absl::OkStatus();
    for (const std::string& currency : sums.Currencies()) {
      if (currency == wanted) continue;
      return Reject(rpc::v1::REASON_CURRENCY_MISMATCH,
                    absl::StrCat("some amounts are in ", currency, ", not in ", wanted,
                                 "; leave currency out for a sum of each, or filter"),
                    {{"expected", wanted}, {"actual", currency}});
    }
    return absl::OkStatus();
  }

  // The deals first, then their accounts, each held against the filter.
  absl::Status VisitByDeals(CountedVisitor visit) const {
    std::map<std::string, Measures> by_account;
    const auto& deals = *domain::Registry::Get().Find("opportunity");
    DAYBOOK_RETURN_IF_ERROR(
        snapshot_.VisitRecords(deals, deals_filter_, [&](const Message& record) {
          const auto& deal = static_cast<const pb::Opportunity&>(record);
          if (!deal.account_id().empty())
            AddKpiAmounts(*kpi_, deal, &by_account[deal.account_id()]);
          return absl::OkStatus();
        }));
    std::vector<std::string> ids;
    for (const auto& [id, sums] : by_account) ids.push_back(id);
    for (size_t from = 0; from < ids.size(); from += kRecordsAtOnce) {
      const size_t to = std::min(ids.size(), from + kRecordsAtOnce);
      const auto at = [&](size_t i) { return ids.begin() + static_cast<std::ptrdiff_t>(i); };
      DAYBOOK_ASSIGN_OR_RETURN(const auto records,
                               snapshot_.GetRecords(*type_, {at(from), at(to)}));
      DAYBOOK_RETURN_IF_ERROR(Compute(records));
      for (size_t i = 0; i < records.size(); ++i) {
        if (records[i] == nullptr || !domain::Matches(filter_, *records[i])) continue;
        DAYBOOK_RETURN_IF_ERROR(visit({*records[i], by_account[ids[from + i]]}));
      }
    }
    return absl::OkStatus();
  }

  // Puts the values that the filter asks for into those that may fit.
  absl::Status Compute(const std::vector<std::unique_ptr<Message>>& records) const {
    if (computed_ == nullptr) return absl::OkStatus();
    std::vector<Message*> candidates;
    for (const auto& record : records) {
      if (record != nullptr && domain::MayMatch(filter_, *record)) {
        candidates.push_back(record.get());
      }
    }
    return computed_->Compute(snapshot_, candidates);
  }

  const Snapshot& snapshot_;
  const Question& question_;
  const KpiDefinition* kpi_ = nullptr;
  std::shared_ptr<const domain::ObjectType> type_;
  std::vector<const domain::Field*> groups_;
  domain::BoundFilter filter_;
  domain::BoundFilter deals_filter_;
  std::unique_ptr<ListedFields> computed_;  // null where the filter names none
};

struct Number {
  int64_t count = 0;
  Measures sums;

  void Add(const Counted& counted) {
    ++count;
    sums.Add(counted.sums, 1);
  }
};

void FillNumber(const Query& query, const KpiRun& run, const Question& question,
                const Number& number, pb::KpiNumber* out) {
  out->set_count(number.count);
  out->set_drill_token(
      SealCursor(query.deps, kDrill, {query.snapshot.position(), question.Encode(), 0}));
  FillKpiAmounts(run.kpi(), number.sums, out->mutable_amounts());
}

// What people read in place of an id; the value itself for all others.
absl::StatusOr<std::string> LabelOf(const Query& query, const domain::Field& field,
                                    const std::string& value) {
  if (field.kind != domain::FieldKind::kReference || value.empty()) return value;
  const domain::ObjectType& type = *domain::Registry::Get().Find(field.lookup);
  if (!query.deps.access.CheckRead(query.principal, field.lookup).ok()) return value;
  DAYBOOK_ASSIGN_OR_RETURN(const auto record, query.snapshot.GetRecord(type, value));
  const domain::Field* title = type.Find(type.title());
  return record == nullptr || title == nullptr ? value : domain::FormatValue(*record, *title);
}

void Explain(const KpiRun& run, const Question& question, pb::KpiExplanation* explanation) {
  explanation->set_formula(run.kpi().formula);
  explanation->set_text(run.kpi().text);
  explanation->set_aggregate(run.kpi().aggregate);
  explanation->set_condition(run.kpi().condition);
  explanation->set_period_field(
      absl::StrCat(run.kpi().deals ? "opportunity." : "", run.kpi().period_field));
  explanation->set_zone(question.zone);
}

}  // namespace

absl::Status ReadKpi(const Query& query, const pb::GetKpiRequest& request,
                     pb::GetKpiResponse* response) {
  const CommandEngine::Settings settings = query.deps.engine.GetSettings();
  Question question{request, settings.currency, settings.zone.name(), false, {}, ""};
  DAYBOOK_ASSIGN_OR_RETURN(const KpiRun run, KpiRun::Prepare(query, query.snapshot, question));
  question.rules = run.rules();
  Number total;
  std::map<std::vector<std::string>, Number> numbers;
  DAYBOOK_RETURN_IF_ERROR(run.Visit([&](const Counted& counted) -> absl::Status {
    total.Add(counted);
    if (run.groups().empty()) return absl::OkStatus();
    numbers[run.ValuesOf(counted.record)].Add(counted);
    if (numbers.size() <= kKpiGroupsMax) return absl::OkStatus();
    return Reject(rpc::v1::REASON_LIMIT_EXCEEDED,
                  absl::StrCat("group_by leads to more than ", kKpiGroupsMax,
                               " numbers; group by fields with fewer values, or filter"),
                  {{"limit", absl::StrCat(kKpiGroupsMax)}, {"field", "group_by"}});
  }));
  FillNumber(query, run, question, total, response->mutable_total());
  for (const auto& [values, number] : numbers) {
    pb::KpiNumber* out = response->add_numbers();
    Question part{request, question.currency, question.zone, true, values, question.rules};
    FillNumber(query, run, part, number, out);
    for (size_t i = 0; i < values.size(); ++i) {
      pb::KpiKey* key = out->add_keys();
      key->set_field(run.groups()[i]->path);
      key->set_value(values[i]);
      DAYBOOK_ASSIGN_OR_RETURN(*key->mutable_label(), LabelOf(query, *run.groups()[i], values[i]));
    }
  }
  std::stable_sort(
      response->mutable_numbers()->begin(), response->mutable_numbers()->end(),
      [](const pb::KpiNumber& a, const pb::KpiNumber& b) { return a.count() > b.count(); });
  Explain(run, question, response->mutable_explanation());
  return absl::OkStatus();
}

absl::Status DrillDown(const Query& query, const pb::DrillDownKpiRequest& request,
                       pb::DrillDownKpiResponse* response) {
  DAYBOOK_ASSIGN_OR_RETURN(DrillPage page, DrillPageOf(query, kDrill, request));
  Question question;
  if (!question.Decode(page.cursor.question)) return OtherVersion();
  DAYBOOK_ASSIGN_OR_RETURN(const auto snapshot, OpenAt(query, page.cursor));
  DAYBOOK_ASSIGN_OR_RETURN(const KpiRun run, KpiRun::Prepare(query, *snapshot, question));
  if (run.rules() != question.rules) return OtherRules();

  struct Row {
    std::string currency;  // of its first amount; amounts in different ones are not compared
    absl::int128 amount = 0;
    std::string id, title;
    Measures sums;
  };
  std::vector<Row> rows;
  const domain::Field* title = run.type().Find(run.type().title());
  if (title != nullptr && title->security == domain::Security::kPersonal) title = nullptr;
  const domain::Field& id = *run.type().Find("id");
  DAYBOOK_RETURN_IF_ERROR(run.Visit([&](const Counted& counted) {
    Row& row = rows.emplace_back();
    row.id = domain::FormatValue(counted.record, id);
    if (title != nullptr) row.title = domain::FormatValue(counted.record, *title);
    row.sums = counted.sums;
    if (const auto currencies = row.sums.Currencies(); !currencies.empty()) {
      row.currency = currencies.front();
      row.amount = row.sums.Get(1, row.currency);
    }
    return absl::OkStatus();
  }));
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return std::tie(a.currency, b.amount, a.id) < std::tie(b.currency, a.amount, b.id);
  });
  response->set_count(static_cast<int64_t>(rows.size()));
  const size_t first = std::min<size_t>(page.cursor.offset, rows.size());
  const size_t end = std::min(rows.size(), first + page.size);
  for (size_t i = first; i < end; ++i) {
    pb::KpiRecord* record = response->add_records();
    record->set_aggregate(run.kpi().aggregate);
    record->set_id(rows[i].id);
    record->set_title(rows[i].title);
    FillKpiAmounts(run.kpi(), rows[i].sums, record->mutable_amounts());
  }
  page.cursor.offset = end;
  if (end < rows.size()) response->set_next_token(SealCursor(query.deps, kDrill, page.cursor));
  return absl::OkStatus();
}

}  // namespace daybook::services

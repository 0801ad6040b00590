// record list: records that fit a filter, page by page.

#include <unistd.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/records.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/record/v1/record_service.pb.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::record::v1;

struct Options {
  std::string aggregate;
  std::string filter;
  std::string order_by;
  std::string as_of;
  std::string page_token;
  std::vector<std::string> fields;
  int page_size = 50;
  bool all = false;
};

std::vector<const domain::Field*> ColumnsOf(const domain::ObjectType& type,
                                            const Options& options) {
  std::vector<const domain::Field*> fields;
  if (!options.fields.empty()) {
    for (const auto& path : options.fields) fields.push_back(type.Find(path));
  } else {
    for (const auto& path : type.columns()) fields.push_back(type.Find(path));
  }
  std::erase(fields, nullptr);
  return fields;
}

absl::Status PrintJsonPage(const domain::ObjectType& type, const pb::ListRecordsResponse& page) {
  std::string out = absl::StrCat("{\"read\": ", ToJson(page.read()), ", \"records\": [");
  for (int i = 0; i < page.records_size(); ++i) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto record, ParseRecord(type, page.records(i)));
    absl::StrAppend(&out, i > 0 ? ",\n" : "\n", ToJson(*record));
  }
  // Page tokens are base64: nothing to escape.
  absl::StrAppend(&out, "], \"next_page_token\": \"", page.next_page_token(), "\"}\n");
  Print(out);
  return absl::OkStatus();
}

enum class PagePlace { kFirst, kLater };

absl::Status PrintTablePage(const App& app, const domain::ObjectType& type, const Options& options,
                            const pb::ListRecordsResponse& page, Names& names, PagePlace place) {
  const auto fields = ColumnsOf(type, options);
  std::vector<Column> columns;
  for (const auto* field : fields) {
    const bool number = field->kind == domain::FieldKind::kInteger ||
                        field->kind == domain::FieldKind::kMoney ||
                        field->kind == domain::FieldKind::kShare;
    columns.push_back({app.options.format == OutputFormat::kCsv ? field->path : field->label,
                       number ? Align::kRight : Align::kLeft});
  }
  Table table(std::move(columns));
  for (const auto& bytes : page.records()) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto record, ParseRecord(type, bytes));
    std::vector<std::string> row;
    for (const auto* field : fields) row.push_back(ShowField(*record, *field, names));
    table.Add(std::move(row));
  }
  if (app.options.format == OutputFormat::kCsv && place == PagePlace::kLater) {
    // One file, one head: its names hold no line feeds.
    const std::string csv = table.RenderCsv();
    Print(csv.substr(csv.find('\n') + 1));
    return absl::OkStatus();
  }
  PrintTable(app, table);
  if (app.options.format != OutputFormat::kTable) return absl::OkStatus();
  Print(absl::StrCat("\n", page.records_size(), " records, ", DescribeRead(page.read()), "\n"));
  if (!page.next_page_token().empty() && !options.all) {
    Print(absl::StrCat("more: --page-token ", page.next_page_token(), "  (or --all)\n"));
  }
  return absl::OkStatus();
}

absl::Status Run(App& app, const Options& options) {
  DAYBOOK_RETURN_IF_ERROR(FindType(options.aggregate).status());
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_ASSIGN_OR_RETURN(const auto type, FetchType(*client, options.aggregate));
  pb::ListRecordsRequest request;
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.as_of, request.mutable_header()));
  request.set_aggregate(options.aggregate);
  request.set_filter(options.filter);
  request.set_order_by(options.order_by);
  request.set_page_size(options.page_size);
  request.set_page_token(options.page_token);
  for (const auto& field : options.fields) request.mutable_field_mask()->add_paths(field);
  Names names(*client);
  PagePlace place = PagePlace::kFirst;
  do {
    pb::ListRecordsResponse page;
    DAYBOOK_RETURN_IF_ERROR(
        client->Call("daybook.record.v1.RecordService/ListRecords", request, &page));
    if (app.options.format == OutputFormat::kJson) {
      DAYBOOK_RETURN_IF_ERROR(PrintJsonPage(*type, page));
    } else {
      DAYBOOK_RETURN_IF_ERROR(PrintTablePage(app, *type, options, page, names, place));
    }
    place = PagePlace::kLater;
    request.set_page_token(page.next_page_token());
  } while (options.all && !request.page_token().empty());
  return absl::OkStatus();
}

}  // namespace

void AddRecordList(Command& root, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb = Noun(root, "record")->AddCommand("list", "Records that fit a filter");
  verb->AddOption("type", &options->aggregate, "Type of record, for example opportunity")
      .Required();
  verb->AddOption("--filter", &options->filter,
                  "AIP-160: 'state = OPEN AND value >= 1000 USD', 'name = \"Acme*\"'");
  verb->AddOption("--order-by", &options->order_by,
                  "Indexed fields: 'expected_close_date desc, id'");
  verb->AddOption("--as-of", &options->as_of,
                  "As the records were then: a day, an instant, a position");
  verb->AddOption("--page-size", &options->page_size, "Records on a page, 1 to 1,000")
      .Range(1, 1000);
  verb->AddOption("--page-token", &options->page_token, "Go on where an earlier page ended");
  verb->AddOption("--fields", &options->fields, "Only these fields").Delimiter(',');
  verb->AddFlag("--all", &options->all, "All pages, one after the other");
  SetAction(verb, app, options, &Run);
}

}  // namespace daybook::cli

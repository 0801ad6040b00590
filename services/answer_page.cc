#include "services/answer_page.h"

#include "absl/strings/str_cat.h"
#include "domain/base/check.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "projections/key.h"

namespace daybook::services {
namespace {

using google::protobuf::Message;

const google::protobuf::FieldDescriptor& FieldOf(const Message& request, const char* name) {
  const auto* field = request.GetDescriptor()->FindFieldByName(name);
  DAYBOOK_CHECK(field != nullptr, "a list that is paged has header, page_size and page_token");
  return *field;
}

absl::Status OtherQuestion() {
  return Reject(rpc::v1::REASON_INVALID_PAGE_TOKEN,
                "the token belongs to another question; ask it again without one");
}

}  // namespace

absl::StatusOr<AnswerPage> AnswerPage::Open(const Query& query, absl::string_view purpose,
                                            const Message& request) {
  const auto& reflection = *request.GetReflection();
  const int size = reflection.GetInt32(request, &FieldOf(request, "page_size"));
  if (size < 0 || size > projections::kPageSizeMax) {
    return InvalidField("page_size", absl::StrCat("must be from 1 to ", projections::kPageSizeMax,
                                                  ", or 0 for ", projections::kPageSizeDefault));
  }
  AnswerPage page;
  page.query_ = &query;
  page.purpose_ = std::string(purpose);
  page.question_ = PageQuestion(query, request);
  page.size_ = static_cast<size_t>(size == 0 ? projections::kPageSizeDefault : size);
  page.cursor_.position = query.snapshot.position();
  page.today_ = absl::ToCivilDay(query.deps.clock.Now(), query.deps.engine.GetSettings().zone);
  const std::string token = reflection.GetString(request, &FieldOf(request, "page_token"));
  if (token.empty()) return page;
  DAYBOOK_ASSIGN_OR_RETURN(page.cursor_, OpenCursor(query.deps, purpose, token));
  projections::KeyReader reader(page.cursor_.question);
  std::string question;
  std::optional<absl::CivilDay> today;
  if (!reader.Text(&question) || !reader.Day(&today) || !reader.Text(&page.resume_) ||
      !reader.done() || question != page.question_ || !today.has_value()) {
    return OtherQuestion();
  }
  page.today_ = *today;
  if (page.cursor_.position != query.snapshot.position()) {
    DAYBOOK_ASSIGN_OR_RETURN(page.snapshot_, OpenAt(query, page.cursor_));
  }
  return page;
}

absl::StatusOr<absl::CivilDay> AnswerPage::DayOf(bool has_day, const type::v1::Date& day) const {
  if (has_day) return FromProto(day);
  return today_;
}

std::string AnswerPage::TokenFor(size_t offset, absl::string_view resume) const {
  projections::Key question;
  question.Text(question_).Day(today_).Text(resume);
  return SealCursor(query_->deps, purpose_, {cursor_.position, question.Take(), offset});
}

}  // namespace daybook::services

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"
#include "domain/fields/filter_ast.h"

namespace daybook::domain::filter_internal {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool IsNameCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.';
}

// What ends a bare value. A colon does not: instants have some.
bool EndsWord(char c) {
  return IsBlank(c) || c == '(' || c == ')' || c == '"' || c == '\'' || c == '=' || c == '<' ||
         c == '>' || c == '!' || c == ',';
}

// Recursive descent over
//   expression = factor { ["AND"] factor }
//   factor     = term { "OR" term }
//   term       = ["NOT" | "-"] ( "(" expression ")" | name operator value )
class Parser {
 public:
  explicit Parser(absl::string_view text) : text_(text) {}

  absl::StatusOr<Node> Parse() {
    DAYBOOK_ASSIGN_OR_RETURN(Node node, ParseExpression());
    if (at_ < text_.size()) return FilterError(at_, "a bracket is closed that was not opened");
    return node;
  }

 private:
  bool AtEnd() const { return at_ >= text_.size(); }
  char Peek() const { return text_[at_]; }
  void SkipBlanks() {
    while (!AtEnd() && IsBlank(Peek())) ++at_;
  }

  bool AtKeyword(absl::string_view keyword) const {
    if (!absl::StartsWith(text_.substr(at_), keyword)) return false;
    const size_t after = at_ + keyword.size();
    return after >= text_.size() || IsBlank(text_[after]) || text_[after] == '(' ||
           text_[after] == ')';
  }
  bool TakeKeyword(absl::string_view keyword) {
    if (!AtKeyword(keyword)) return false;
    at_ += keyword.size();
    return true;
  }

  absl::StatusOr<Node> ParseExpression() {
    Node node;
    node.kind = BoundFilter::Kind::kAnd;
    SkipBlanks();
    node.position = at_;
    do {
      DAYBOOK_ASSIGN_OR_RETURN(Node factor, ParseFactor());
      node.children.push_back(std::move(factor));
      SkipBlanks();
      if (TakeKeyword("AND")) {
        SkipBlanks();
        if (AtEnd() || Peek() == ')') return FilterError(at_, "a comparison must follow AND");
      } else if (!AtEnd() && Peek() != ')' && !IsBlank(text_[at_ - 1])) {
        return FilterError(at_, "a blank, AND or OR is expected here");
      }
    } while (!AtEnd() && Peek() != ')');
    return Unwrap(std::move(node));
  }

  absl::StatusOr<Node> ParseFactor() {
    Node node;
    node.kind = BoundFilter::Kind::kOr;
    node.position = at_;
    while (true) {
      DAYBOOK_ASSIGN_OR_RETURN(Node term, ParseTerm());
      node.children.push_back(std::move(term));
      SkipBlanks();
      if (AtEnd() || !TakeKeyword("OR")) break;
    }
    return Unwrap(std::move(node));
  }

  absl::StatusOr<Node> ParseTerm() {
    SkipBlanks();
    const size_t start = at_;
    bool negated = false;
    if (!AtEnd() && Peek() == '-') {
      negated = true;
      ++at_;
    } else if (!AtEnd() && TakeKeyword("NOT")) {
      negated = true;
    }
    DAYBOOK_ASSIGN_OR_RETURN(Node simple, ParseSimple());
    if (!negated) return simple;
    Node node;
    node.kind = BoundFilter::Kind::kNot;
    node.position = start;
    node.children.push_back(std::move(simple));
    return node;
  }

  absl::StatusOr<Node> ParseSimple() {
    SkipBlanks();
    if (AtEnd() || Peek() != '(') return ParseComparison();
    const size_t open = at_;
    if (++depth_ > kFilterDepthMax) {
      return FilterError(open, absl::StrCat("more than ", kFilterDepthMax, " levels of brackets"));
    }
    ++at_;
    DAYBOOK_ASSIGN_OR_RETURN(Node node, ParseExpression());
    if (AtEnd()) return FilterError(open, "this bracket is not closed");
    ++at_;  // ParseExpression stops at the end or before a closing bracket
    --depth_;
    return node;
  }

  absl::StatusOr<Node> ParseComparison() {
    Node node;
    node.kind = BoundFilter::Kind::kCompare;
    node.position = at_;
    if (++terms_ > kFilterTermsMax) {
      return FilterError(at_, absl::StrCat("more than ", kFilterTermsMax, " comparisons"));
    }
    if (AtKeyword("AND") || AtKeyword("OR") || AtKeyword("NOT")) {
      return FilterError(at_, "a comparison is expected here, like state = OPEN");
    }
    if (AtEnd() || !absl::ascii_isalpha(static_cast<unsigned char>(Peek()))) {
      return FilterError(at_, "the name of a field is expected here");
    }
    const size_t start = at_;
    while (!AtEnd() && IsNameCharacter(Peek())) ++at_;
    node.path = std::string(text_.substr(start, at_ - start));
    SkipBlanks();
    DAYBOOK_ASSIGN_OR_RETURN(node.comparator, ParseComparator());
    SkipBlanks();
    DAYBOOK_ASSIGN_OR_RETURN(node.literal, ParseValue());
    return node;
  }

  absl::StatusOr<Comparator> ParseComparator() {
    static constexpr std::pair<const char*, Comparator> kOperators[] = {
        {"!=", Comparator::kNotEqual},     {"<=", Comparator::kLessEqual},
        {">=", Comparator::kGreaterEqual}, {"=", Comparator::kEqual},
        {"<", Comparator::kLess},          {">", Comparator::kGreater},
        {":", Comparator::kHas},
    };
    for (const auto& [sign, comparator] : kOperators) {
      if (!absl::StartsWith(text_.substr(at_), sign)) continue;
      at_ += absl::string_view(sign).size();
      return comparator;
    }
    return FilterError(
        at_, "one of = != < <= > >= : is expected here; put texts with blanks into quotes");
  }

  absl::StatusOr<Literal> ParseValue() {
    if (AtEnd()) return FilterError(at_, "a value is expected here");
    if (Peek() == '"' || Peek() == '\'') return ParseQuoted();
    const size_t start = at_;
    while (!AtEnd() && !EndsWord(Peek())) at_ += Peek() == '\\' && at_ + 1 < text_.size() ? 2 : 1;
    const absl::string_view word = text_.substr(start, at_ - start);
    if (word.empty() || word == "AND" || word == "OR" || word == "NOT") {
      return FilterError(start, "a value is expected here");
    }
    const absl::string_view whole = text_.substr(start, TakeCurrency(word) - start);
    return MakeLiteral(whole, start, start);
  }

  // After a number three capitals that name a currency belong to it: 1000 USD. Returns the end of
  // the value.
  size_t TakeCurrency(absl::string_view word) {
    const bool number = absl::ascii_isdigit(static_cast<unsigned char>(word.back())) &&
                        (absl::ascii_isdigit(static_cast<unsigned char>(word.front())) ||
                         word.front() == '-' || word.front() == '+');
    size_t next = at_;
    while (next < text_.size() && IsBlank(text_[next])) ++next;
    if (!number || next == at_ || next + 3 > text_.size()) return at_;
    const bool ends =
        next + 3 == text_.size() || IsBlank(text_[next + 3]) || text_[next + 3] == ')';
    if (ends && CurrencyDecimals(text_.substr(next, 3)).has_value()) at_ = next + 3;
    return at_;
  }

  absl::StatusOr<Literal> ParseQuoted() {
    const size_t open = at_;
    const char quote = Peek();
    ++at_;
    while (!AtEnd() && Peek() != quote) at_ += Peek() == '\\' ? 2 : 1;
    if (AtEnd()) return FilterError(open, "this quote is not closed");
    ++at_;
    DAYBOOK_ASSIGN_OR_RETURN(Literal literal,
                             MakeLiteral(text_.substr(open + 1, at_ - open - 2), open + 1, open));
    literal.quoted = true;
    return literal;
  }

  // `raw` begins at byte `start` of the filter.
  static absl::StatusOr<Literal> MakeLiteral(absl::string_view raw, size_t start, size_t position) {
    Literal literal;
    literal.position = position;
    for (size_t i = 0; i < raw.size(); ++i) {
      if (raw[i] == '*') {
        if (i != 0 && i + 1 != raw.size()) {
          return FilterError(start + i,
                             "* stands only at the ends of a value; write \\* for itself");
        }
        (i == 0 ? literal.star_before : literal.star_after) = true;
        continue;
      }
      if (raw[i] == '\\') {
        ++i;
        if (i >= raw.size())
          return FilterError(start + i - 1, "\\ must be followed by a character");
      }
      literal.text.push_back(raw[i]);
    }
    return literal;
  }

  // A list of one is that one; and so are lists of the same kind inside each other.
  static Node Unwrap(Node node) {
    if (node.children.size() == 1) {
      Node only = std::move(node.children[0]);
      return only;
    }
    return node;
  }

  absl::string_view text_;
  size_t at_ = 0;
  int depth_ = 0;
  int terms_ = 0;
};

}  // namespace

absl::Status FilterError(size_t position, absl::string_view message) {
  return Reject(Reason::REASON_INVALID_FILTER,
                absl::StrCat("filter, byte ", position, ": ", message),
                {{"position", absl::StrCat(position)}});
}

absl::StatusOr<Node> ParseSyntax(absl::string_view text) {
  if (text.size() > kFilterBytesMax) {
    return FilterError(kFilterBytesMax, absl::StrCat("longer than ", kFilterBytesMax, " bytes"));
  }
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if ((c < 0x20 && !IsBlank(text[i])) || c == 0x7f) {
      return FilterError(i, "control characters are not allowed");
    }
  }
  return Parser(text).Parse();
}

}  // namespace daybook::domain::filter_internal

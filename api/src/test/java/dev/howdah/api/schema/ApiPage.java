// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.schema;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.Kind;
import dev.howdah.api.corpus.Corpus;
import dev.howdah.api.finding.Finding;
import dev.howdah.api.support.Support;
import dev.howdah.api.support.SupportTable;
import dev.howdah.api.validate.Validation;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// Writes the manual's page about the API: a table of all fields of each kind, and all refusals.
final class ApiPage {
  private static final String FIRST =
      """
      # The API

      Every field of every kind, made from the code (`-Dgolden.update -Dtest=ApiPageTest` writes this
      page anew). *Default* is what the API server fills in; in parentheses, what Howdah's admission
      fills in, or what absence amounts to. A field that is *kept* has no effect yet: the condition
      `UnsupportedFields` and an event name those that a resource uses. Shapes that stand in several
      places have tables of their own below; those of Kubernetes itself are described by
      `kubectl explain`.

      """;

  private final StringBuilder page = new StringBuilder(FIRST);
  private final Map<Class<?>, Integer> uses = new LinkedHashMap<>();
  private final Set<Class<?>> shared = new LinkedHashSet<>();

  static String text() {
    ApiPage page = new ApiPage();
    page.countUses();
    for (Kind kind : Kind.values()) {
      page.kind(kind);
    }
    page.sharedShapes();
    page.refusals();
    return page.page.toString();
  }

  private void countUses() {
    for (Kind kind : Kind.values()) {
      Set<Class<?>> seen = new LinkedHashSet<>();
      kind.spec().ifPresent(type -> count(type, seen));
      kind.status().ifPresent(type -> count(type, seen));
    }
  }

  private void count(Class<?> record, Set<Class<?>> seen) {
    for (RecordComponent component : record.getRecordComponents()) {
      Class<?> inner = innermost(component.getGenericType());
      if (inner.isRecord()) {
        uses.merge(inner, 1, Integer::sum);
        if (seen.add(inner)) {
          count(inner, seen);
        }
      }
    }
  }

  private void kind(Kind kind) {
    page.append("## ").append(kind.kind()).append("\n\n");
    page.append(KindDescriptions.of(kind)).append(" `").append(kind.apiVersion()).append("`, ");
    page.append(kind.namespaced() ? "in a namespace.\n\n" : "for the whole cluster.\n\n");
    kind.spec()
        .ifPresent(type -> {
          head(true);
          rows(type, "spec", Optional.of(kind));
        });
    kind.status()
        .ifPresent(type -> {
          page.append("\n");
          head(false);
          rows(type, "status", Optional.empty());
        });
    page.append("\n");
  }

  private void head(boolean states) {
    page.append("| Field | Type | Default | Rule | ").append(states ? "State | " : "");
    page.append("Meaning |\n|---|---|---|---|").append(states ? "---|" : "").append("---|\n");
  }

  private void rows(Class<?> record, String path, Optional<Kind> kind) {
    for (RecordComponent component : record.getRecordComponents()) {
      Field field = component.getAnnotation(Field.class);
      String at = path + "." + SchemaOfRecord.jsonName(component);
      page.append("| `").append(at).append("`").append(field.required() ? " \\*" : "");
      page.append(" | ").append(type(component.getGenericType()));
      page.append(" | ").append(defaultOf(field));
      page.append(" | ").append(rule(component, field));
      kind.ifPresent(known -> page.append(" | ").append(state(known, at)));
      page.append(" | ").append(cell(field.value()));
      page.append(field.deprecated() ? "; deprecated |\n" : " |\n");
      Class<?> inner = innermost(component.getGenericType());
      if (inner.isRecord() && !isShared(inner)) {
        rows(inner, at + items(component.getGenericType()), kind);
      }
    }
  }

  private boolean isShared(Class<?> record) {
    boolean often = uses.getOrDefault(record, 0) > 1;
    if (often) {
      shared.add(record);
    }
    return often;
  }

  private void sharedShapes() {
    page.append("## Shapes that stand in several places\n\n");
    Set<Class<?>> done = new LinkedHashSet<>();
    while (done.size() < shared.size()) {
      for (Class<?> record : List.copyOf(shared)) {
        if (done.add(record)) {
          page.append("### ").append(record.getSimpleName()).append("\n\n");
          head(false);
          rows(record, "", Optional.empty());
          page.append("\n");
        }
      }
    }
  }

  private static String items(Type type) {
    if (!(type instanceof ParameterizedType generic)) {
      return "";
    }
    return generic.getRawType() == Map.class ? "{}" : "[]";
  }

  private String type(Type type) {
    if (type instanceof ParameterizedType generic) {
      Type[] arguments = generic.getActualTypeArguments();
      return generic.getRawType() == Map.class
          ? "map of " + type(arguments[1])
          : "list of " + type(arguments[0]);
    }
    Class<?> plain = (Class<?>) type;
    if (plain.isRecord()) {
      return isShared(plain)
          ? "[%s](#%s)"
              .formatted(plain.getSimpleName(), plain.getSimpleName().toLowerCase(Locale.ROOT))
          : "object";
    }
    return switch (plain.getSimpleName()) {
      case "String" -> "text";
      case "Integer", "Long" -> "number";
      case "Boolean" -> "truth";
      case "Quantity" -> "quantity";
      default -> plain.getSimpleName();
    };
  }

  private static String defaultOf(Field field) {
    if (!field.defaultsTo().isEmpty()) {
      return "`" + cell(field.defaultsTo()) + "`";
    }
    return field.effective().isEmpty() ? "" : "(`" + cell(field.effective()) + "`)";
  }

  private static String rule(RecordComponent component, Field field) {
    List<String> rules = new ArrayList<>();
    if (field.oneOf().length > 0) {
      List<String> values =
          List.of(field.oneOf()).stream().filter(value -> !value.isEmpty()).toList();
      rules.add(
          values.size() > 6
              ? "`" + values.getFirst() + "` and others"
              : "`" + String.join("`, `", values) + "`");
    }
    if (field.min() != Long.MIN_VALUE && field.max() != Long.MAX_VALUE) {
      rules.add("%d to %d".formatted(field.min(), field.max()));
    } else if (field.min() != Long.MIN_VALUE) {
      rules.add("at least " + field.min());
    }
    if (field.maxLength() > 0) {
      rules.add("at most " + field.maxLength() + " characters");
    }
    if (field.maxItems() > 0) {
      rules.add("at most " + field.maxItems() + " entries");
    }
    if (!field.pattern().isEmpty()) {
      rules.add("`" + field.pattern() + "`");
    }
    if (field.mapKeys().length > 0) {
      rules.add("each `" + String.join("`, `", field.mapKeys()) + "` once");
    }
    for (Cel cel : component.getAnnotationsByType(Cel.class)) {
      rules.add(cel.message());
    }
    Class<?> inner = innermost(component.getGenericType());
    for (Cel cel : inner.getAnnotationsByType(Cel.class)) {
      rules.add(cel.message());
    }
    return cell(String.join("; ", rules));
  }

  private static String state(Kind kind, String path) {
    String field = kind.kind() + "." + path.replace("[]", "").replace("{}", "");
    return SupportTable.of(field).map(Support::isSupported).orElse(true) ? "works" : "kept";
  }

  private static Class<?> innermost(Type type) {
    if (type instanceof ParameterizedType generic) {
      Type[] arguments = generic.getActualTypeArguments();
      return innermost(arguments[arguments.length - 1]);
    }
    return (Class<?>) type;
  }

  private static String cell(String text) {
    return text.replace("|", "\\|").replace("\n", " ");
  }

  /// What is refused, from the manifests of the corpus: each field with the words a person reads.
  private void refusals() {
    page.append(
        """
        ## What is refused, and how that is said

        The words of `howdah validate` and of admission for the broken manifests that the build
        tries; all findings about a manifest come at once.

        """);
    Map<String, Set<String>> refusals = new TreeMap<>();
    for (Corpus.Case broken : Corpus.invalid()) {
      ObjectNode now = broken.now();
      for (Finding finding : Validation.of(now, broken.before())) {
        if (finding.isError()) {
          String field =
              now.path("kind").asText() + ": " + finding.path().replaceAll("\\[[0-9]+]", "[]");
          refusals
              .computeIfAbsent(field, key -> new TreeSet<>())
              .add(finding.explanation().replace("\n", "\\n"));
        }
      }
    }
    page.append("| Field | Refused because |\n|---|---|\n");
    refusals.forEach((field, reasons) ->
        page.append("| ")
            .append(cell(field.replace("\n", "\\n")))
            .append(" | ")
            .append(cell(String.join("<br>", reasons)))
            .append(" |\n"));
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.resource;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A selector over labels: all of its requirements must hold.
public record LabelSelector(List<Requirement> requirements) {
  /// Selects everything.
  public static final LabelSelector EVERYTHING = new LabelSelector(List.of());

  private static final String KEY = "\\s*([A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?)\\s*";
  private static final Pattern SET_BASED =
      Pattern.compile(KEY + "(?:\\s)(in|notin)\\s*\\(([^()]*)\\)\\s*");
  private static final Pattern EQUALITY = Pattern.compile(KEY + "(==|=|!=)\\s*([^\\s,()=!]*)\\s*");
  private static final int MAX_NAME = 63;
  private static final int MAX_PREFIX = 253;
  private static final String DNS = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?";
  private static final Pattern PREFIX = Pattern.compile(DNS + "(?:\\." + DNS + ")*");
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?");
  private static final Pattern EXISTENCE = Pattern.compile("\\s*(!?)" + KEY);

  /// How a label is compared.
  public enum Operator {
    IN,
    NOT_IN,
    EXISTS,
    DOES_NOT_EXIST
  }

  /// One comparison.
  public record Requirement(String key, Operator operator, Set<String> values) {
    public Requirement {
      values = Set.copyOf(values);
    }

    boolean matches(Map<String, String> labels) {
      var value = labels.get(key);
      return switch (operator) {
        case IN -> value != null && values.contains(value);
        case NOT_IN -> value == null || !values.contains(value);
        case EXISTS -> value != null;
        case DOES_NOT_EXIST -> value == null;
      };
    }
  }

  public LabelSelector {
    requirements = List.copyOf(requirements);
  }

  /// Reads `a=b,c!=d,e in (x,y),f notin (z),g,!h`. Throws [IllegalArgumentException] when
  /// malformed.
  public static LabelSelector parse(String text) {
    if (text.isBlank()) {
      return EVERYTHING;
    }
    var requirements = new ArrayList<Requirement>();
    var at = 0;
    while (at <= text.length()) {
      var matcher = SET_BASED.matcher(text).region(at, text.length());
      if (matcher.lookingAt()) {
        requirements.add(valid(setBased(matcher)));
      } else if ((matcher = EQUALITY.matcher(text).region(at, text.length())).lookingAt()) {
        var operator = matcher.group(2).equals("!=") ? Operator.NOT_IN : Operator.IN;
        requirements.add(
            valid(new Requirement(matcher.group(1), operator, Set.of(matcher.group(3)))));
      } else if ((matcher = EXISTENCE.matcher(text).region(at, text.length())).lookingAt()) {
        var operator = matcher.group(1).isEmpty() ? Operator.EXISTS : Operator.DOES_NOT_EXIST;
        requirements.add(valid(new Requirement(matcher.group(2), operator, Set.of())));
      } else {
        throw malformed(text);
      }
      at = matcher.end();
      if (at < text.length() && text.charAt(at) != ',') {
        throw malformed(text);
      }
      at++;
    }
    return new LabelSelector(requirements);
  }

  private static Requirement setBased(Matcher matcher) {
    var values = new TreeSet<String>();
    Arrays.stream(matcher.group(3).split(",", -1)).map(String::strip).forEach(values::add);
    return new Requirement(
        matcher.group(1), matcher.group(2).equals("in") ? Operator.IN : Operator.NOT_IN, values);
  }

  /// A label that can't exist is refused rather than not found.
  private static Requirement valid(Requirement requirement) {
    var key = requirement.key();
    var slash = key.indexOf('/');
    var prefix = slash < 0 ? "x" : key.substring(0, slash);
    if (prefix.length() > MAX_PREFIX
        || !PREFIX.matcher(prefix).matches()
        || !isName(key.substring(slash + 1))) {
      throw new IllegalArgumentException(
          "unable to parse requirement: <nil>: Invalid value: \"%s\": a key is [DNS subdomain/]name, and the name must be no more than 63 characters, consist of alphanumeric characters, '-', '_' or '.', and start and end with an alphanumeric character"
              .formatted(key));
    }
    for (var value : requirement.values()) {
      if (!value.isEmpty() && !isName(value)) {
        throw new IllegalArgumentException(
            "unable to parse requirement: values[0][%s]: Invalid value: \"%s\": a valid label must be an empty string or no more than 63 characters, consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
                .formatted(key, value));
      }
    }
    return requirement;
  }

  private static boolean isName(String text) {
    return text.length() <= MAX_NAME && NAME.matcher(text).matches();
  }

  private static IllegalArgumentException malformed(String text) {
    return new IllegalArgumentException(
        "unable to parse requirement: found '" + text + "', expected a label selector");
  }

  /// Reads the `matchLabels` and `matchExpressions` of an object; an empty selector selects
  /// everything.
  public static LabelSelector of(JsonNode selector) {
    var requirements = new ArrayList<Requirement>();
    for (var label : selector.path("matchLabels").properties()) {
      requirements.add(
          new Requirement(label.getKey(), Operator.IN, Set.of(label.getValue().asText())));
    }
    for (var expression : selector.path("matchExpressions")) {
      var values = new TreeSet<String>();
      expression.path("values").forEach(v -> values.add(v.asText()));
      var operator =
          switch (expression.path("operator").asText()) {
            case "In" -> Operator.IN;
            case "NotIn" -> Operator.NOT_IN;
            case "Exists" -> Operator.EXISTS;
            default -> Operator.DOES_NOT_EXIST;
          };
      requirements.add(new Requirement(expression.path("key").asText(), operator, values));
    }
    return new LabelSelector(requirements);
  }

  /// Whether everything is selected.
  public boolean everything() {
    return requirements.isEmpty();
  }

  /// Whether an object with these labels is selected.
  public boolean matches(Map<String, String> labels) {
    for (var requirement : requirements) {
      if (!requirement.matches(labels)) {
        return false;
      }
    }
    return true;
  }

  /// The selector as text, as `status.selector` of a Scale has it.
  @Override
  public String toString() {
    var parts = new ArrayList<String>();
    for (var r : requirements) {
      var values = new TreeSet<>(r.values());
      parts.add(
          switch (r.operator()) {
            case IN ->
                values.size() == 1
                    ? r.key() + "=" + values.getFirst()
                    : r.key() + " in (" + String.join(",", values) + ")";
            case NOT_IN ->
                values.size() == 1
                    ? r.key() + "!=" + values.getFirst()
                    : r.key() + " notin (" + String.join(",", values) + ")";
            case EXISTS -> r.key();
            case DOES_NOT_EXIST -> "!" + r.key();
          });
    }
    return String.join(",", parts);
  }
}

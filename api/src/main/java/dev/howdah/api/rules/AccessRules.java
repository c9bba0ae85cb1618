// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import dev.howdah.api.finding.Findings;
import dev.howdah.api.finding.Place;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Rules of who may connect: pg_hba, pg_ident, LDAP and named sets of pods.
final class AccessRules {
  private static final Set<String> TYPES =
      Set.of("local", "host", "hostssl", "hostnossl", "hostgssenc", "hostnogssenc");
  private static final Pattern DESCRIPTOR = Pattern.compile("\\$\\{([^}:]*)(?::([^}]*))?}");

  private AccessRules() {}

  static void check(Place spec, Findings findings) {
    Place postgresql = spec.at("postgresql");
    Set<String> selectors = podSelectors(spec.at("podSelectorRefs"), findings);
    for (Place line : postgresql.at("pg_hba").items()) {
      if (single(line, findings) && isRule(line)) {
        rule(line, selectors, findings);
      }
    }
    for (Place line : postgresql.at("pg_ident").items()) {
      if (single(line, findings) && isRule(line) && line.text().strip().split("\\s+").length < 3) {
        findings.invalid(
            line,
            "less than a map, a user of the system and a user of the database",
            "write the three");
      }
    }
    ldap(postgresql.at("ldap"), findings);
  }

  private static boolean isRule(Place line) {
    return !line.text().isBlank() && !line.text().strip().startsWith("#");
  }

  /// Whether it is one line, and not the name of a file to read.
  static boolean single(Place line, Findings findings) {
    String text = line.text();
    if (text.chars().anyMatch(c -> c == '\n' || c == '\r' || c == 0)) {
      findings.invalid(line, "holds a line break", "write one line per item");
      return false;
    }
    String first = text.strip().split("\\s+", 2)[0];
    if (Set.of("include", "include_if_exists", "include_dir").contains(first)
        || first.startsWith("@")) {
      findings.invalid(line, "files can't be included", "write the lines themselves");
      return false;
    }
    return true;
  }

  private static void rule(Place line, Set<String> selectors, Findings findings) {
    String[] words = line.text().strip().split("\\s+");
    if (!TYPES.contains(words[0])) {
      findings.invalid(
          line,
          "a line begins with local, host, hostssl, hostnossl, hostgssenc or hostnogssenc",
          "correct its first word");
      return;
    }
    descriptors(line, selectors, findings);
    List<String> all = List.of(words);
    if (all.contains("trust")) {
      findings.warn(
          line, "lets people in without any password", "use scram-sha-256 or cert instead");
    } else if (all.contains("md5") || all.contains("password")) {
      findings.warn(
          line,
          all.contains("md5")
              ? "md5 is weak, and PostgreSQL gives it up"
              : "sends passwords as they are",
          "use scram-sha-256 once the passwords are set anew");
    }
  }

  private static void descriptors(Place line, Set<String> selectors, Findings findings) {
    Matcher descriptor = DESCRIPTOR.matcher(line.text());
    int found = 0;
    while (descriptor.find()) {
      found++;
      String name = descriptor.group(2);
      if (!"podselector".equals(descriptor.group(1)) || name == null) {
        findings.invalid(
            line, descriptor.group() + " stands for nothing", "write ${podselector:NAME}");
      } else if (!selectors.contains(name)) {
        findings.invalid(
            line,
            "\"" + name + "\" isn't in spec.podSelectorRefs",
            "add it there, or correct the name");
      }
    }
    if (found > 1) {
      findings.invalid(line, "more than one ${podselector:…}", "write a line for each");
    }
  }

  private static Set<String> podSelectors(Place references, Findings findings) {
    Set<String> names = new HashSet<>();
    for (Place reference : references.items()) {
      if (!names.add(reference.at("name").text())) {
        findings.duplicate(
            reference.at("name"), "another set of pods has this name", "give each its own");
      }
      for (Place expression : reference.at("selector", "matchExpressions").items()) {
        selector(expression, findings);
      }
    }
    return names;
  }

  private static void selector(Place expression, Findings findings) {
    Place operator = expression.at("operator");
    boolean values = !expression.at("values").items().isEmpty();
    switch (operator.text()) {
      case "In", "NotIn" -> {
        if (!values) {
          findings.required(
              expression.at("values"), operator.text() + " needs values", "write some");
        }
      }
      case "Exists", "DoesNotExist" -> {
        if (values) {
          findings.forbidden(
              expression.at("values"), operator.text() + " takes no values", "remove them");
        }
      }
      default ->
          findings.notSupported(
              operator, "no operator of a selector", "write In, NotIn, Exists or DoesNotExist");
    }
  }

  private static void ldap(Place ldap, Findings findings) {
    if (!ldap.present()) {
      return;
    }
    if (!ldap.at("server").filled()) {
      findings.required(ldap.at("server"), "missing", "write the server's name");
    }
    if (ldap.at("bindAsAuth").present() && ldap.at("bindSearchAuth").present()) {
      findings.forbidden(
          ldap.at("bindAsAuth"),
          "bindAsAuth and bindSearchAuth exclude each other",
          "keep one of them");
    }
  }
}

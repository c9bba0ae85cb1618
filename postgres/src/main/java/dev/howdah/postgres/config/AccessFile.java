// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

import dev.howdah.postgres.config.LdapSettings.Direct;
import dev.howdah.postgres.config.LdapSettings.Search;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `pg_hba.conf` and `pg_ident.conf`: who may connect, and as whom.
///
/// A user's rule that PostgreSQL could not read would keep the server from starting. It becomes a
/// comment, and a rule that rejects everybody on the network takes its place: what stood behind it
/// was meant to be guarded by it.
final class AccessFile {
  private static final Pattern SELECTOR = Pattern.compile("\\$\\{([^:}]*)(?::([^}]*))?}");
  private static final String REJECT = "host all all all reject\n";

  private final ClusterSettings cluster;
  private final ServerFacts facts;
  private final int major;
  private final List<Finding> findings;
  private final StringBuilder text = new StringBuilder();

  AccessFile(ClusterSettings cluster, ServerFacts facts, int major, List<Finding> findings) {
    this.cluster = cluster;
    this.facts = facts;
    this.major = major;
    this.findings = findings;
  }

  String hba() {
    text.append("# Written by Howdah; changes are lost. Use spec.postgresql.pg_hba.\n");
    text.append("local all cnpg_metrics_exporter peer map=cnpg_metrics_exporter\n");
    text.append("local all all peer map=local\n");
    text.append("hostssl postgres streaming_replica all cert map=cnpg_streaming_replica\n");
    text.append("hostssl replication streaming_replica all cert map=cnpg_streaming_replica\n");
    text.append("hostssl all cnpg_pooler_pgbouncer all cert map=cnpg_pooler_pgbouncer\n");
    List<String> rules = cluster.postgres().hba();
    for (int i = 0; i < rules.size(); i++) {
      String field = "spec.postgresql.pg_hba[" + i + "]";
      for (String line : rules.get(i).split("\\R", -1)) {
        userRule(field, line);
      }
    }
    LdapSettings ldap = cluster.postgres().ldap();
    if (ldap != null) {
      ldapRule(ldap);
    }
    text.append("host all all all ").append(major < 14 ? "md5" : "scram-sha-256").append('\n');
    return text.toString();
  }

  private void userRule(String field, String line) {
    Matcher selector = SELECTOR.matcher(line);
    if (line.isBlank() || line.strip().startsWith("#") || !selector.find()) {
      append(field, line);
      return;
    }
    String name = selector.group(2) == null ? "" : selector.group(2);
    if (!selector.group(1).equals("podselector")) {
      refuse(field, line, "knows no ${" + selector.group(1) + ":…}; use ${podselector:NAME}");
      return;
    }
    List<String> ips = cluster.status().podSelectorIps().get(name);
    if (ips == null) {
      refuse(field, line, "names no entry of spec.podSelectorRefs: \"" + name + "\"");
      return;
    }
    for (String ip : ips) {
      String mask = ip.indexOf(':') >= 0 ? "/128" : "/32";
      append(
          field, line.substring(0, selector.start()) + ip + mask + line.substring(selector.end()));
    }
  }

  private void append(String field, String line) {
    Optional<String> problem = HbaRule.problemWith(line, major);
    if (problem.isPresent()) {
      refuse(field, line, problem.get());
    } else {
      text.append(line.strip()).append('\n');
    }
  }

  private void refuse(String field, String line, String problem) {
    findings.add(
        new Finding(
            Finding.Kind.REFUSED,
            field,
            problem + "; until it is corrected, no rule after it lets anybody in"));
    text.append(comment(problem)).append(comment(line)).append(REJECT);
  }

  private static String comment(String line) {
    return "# " + line.replaceAll("[\\p{Cntrl}\\\\]", " ") + "\n";
  }

  private void ldapRule(LdapSettings ldap) {
    String problem;
    String rule = "";
    try {
      rule = ldapLine(ldap);
      problem = HbaRule.problemWith(rule, major).orElse("");
    } catch (IllegalArgumentException e) {
      problem = "has a value with a line break";
    }
    if (problem.isEmpty()) {
      text.append(rule).append('\n');
    } else {
      // The rule may hold a password: it must not be repeated, not even as a comment.
      findings.add(new Finding(Finding.Kind.REFUSED, "spec.postgresql.ldap", problem));
      text.append(comment("spec.postgresql.ldap " + problem)).append(REJECT);
    }
  }

  private String ldapLine(LdapSettings ldap) {
    var rule = new StringBuilder("host all all 0.0.0.0/0 ldap");
    option(rule, "ldapserver", ldap.server());
    if (ldap.port() > 0) {
      rule.append(" ldapport=").append(ldap.port());
    }
    if (!ldap.scheme().isEmpty()) {
      option(rule, "ldapscheme", ldap.scheme());
    }
    if (ldap.tls()) {
      rule.append(" ldaptls=1");
    }
    switch (ldap.bind()) {
      case null -> {}
      case Direct direct -> {
        option(rule, "ldapprefix", direct.prefix());
        option(rule, "ldapsuffix", direct.suffix());
      }
      case Search search -> {
        option(rule, "ldapbasedn", search.baseDn());
        if (!search.bindDn().isEmpty()) {
          option(rule, "ldapbinddn", search.bindDn());
        }
        if (facts.machine().ldapBindPassword() != null) {
          option(rule, "ldapbindpasswd", facts.machine().ldapBindPassword().stripTrailing());
        }
        if (!search.searchFilter().isEmpty()) {
          option(rule, "ldapsearchfilter", search.searchFilter());
        } else if (!search.searchAttribute().isEmpty()) {
          option(rule, "ldapsearchattribute", search.searchAttribute());
        }
      }
    }
    return rule.toString();
  }

  private static void option(StringBuilder rule, String name, String value) {
    rule.append(' ').append(name).append('=').append(HbaRule.quote(value));
  }

  String ident() {
    var out = new ArrayList<String>();
    out.add("# Written by Howdah; changes are lost. Use spec.postgresql.pg_ident.");
    out.add("local " + HbaRule.quote(facts.osUser()) + " postgres");
    out.add("cnpg_streaming_replica streaming_replica streaming_replica");
    out.add("cnpg_pooler_pgbouncer cnpg_pooler_pgbouncer cnpg_pooler_pgbouncer");
    out.add("cnpg_metrics_exporter " + HbaRule.quote(facts.osUser()) + " cnpg_metrics_exporter");
    List<String> maps = cluster.postgres().ident();
    for (int i = 0; i < maps.size(); i++) {
      String field = "spec.postgresql.pg_ident[" + i + "]";
      for (String line : maps.get(i).split("\\R", -1)) {
        Optional<String> problem = HbaRule.problemWithMap(line);
        if (problem.isPresent()) {
          findings.add(new Finding(Finding.Kind.REFUSED, field, problem.get()));
          out.add(comment(line).strip());
        } else {
          out.add(line.strip());
        }
      }
    }
    return String.join("\n", out) + "\n";
  }
}

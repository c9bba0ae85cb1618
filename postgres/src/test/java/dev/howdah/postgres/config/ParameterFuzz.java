// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;

/// Makes parameters as users might write them: right, wrong, on the edge, and malicious.
final class ParameterFuzz {
  /// What only the machine can judge: memory, kernel features, files, ciphers.
  private static final Set<String> MACHINE =
      Set.of(
          "huge_pages",
          "huge_page_size",
          "io_method",
          "debug_io_direct",
          "shared_memory_type",
          "dynamic_shared_memory_type",
          "max_stack_depth",
          "wal_sync_method",
          "recovery_prefetch",
          "ssl_max_protocol_version",
          "zero_damaged_pages",
          "ignore_system_indexes",
          "debug_discard_caches",
          "trace_sort",
          "log_statement",
          "log_duration",
          "wal_debug",
          "post_auth_delay",
          "pre_auth_delay",
          "authentication_timeout",
          "file_copy_method",
          "effective_io_concurrency",
          "maintenance_io_concurrency",
          "row_security",
          "statement_timeout",
          "transaction_timeout",
          "idle_session_timeout",
          "lock_timeout",
          "client_connection_check_interval",
          "default_transaction_read_only",
          "session_replication_role",
          "backend_flush_after",
          "default_toast_compression",
          "wal_compression",
          "standard_conforming_strings",
          "allow_in_place_tablespaces",
          "bytea_output",
          "log_min_messages",
          "restrict_nonsystem_relation_kind",
          "data_directory_mode",
          "tcp_keepalives_idle",
          "array_nulls",
          "exit_on_error");

  private static final List<String> NASTY =
      List.of(
          "",
          " ",
          "'",
          "''",
          "\\",
          "\\\\'",
          "x'\narchive_command = 'true",
          "\n",
          "\r\n",
          "\t",
          "#",
          "a # b",
          "%p %f",
          "$(id)",
          "`id`",
          "; drop table t; --",
          "é ß 漢 😀",
          "\u0001\u007f",
          "include 'custom.conf'",
          "a=b",
          "\"",
          "{}",
          "'||'",
          "E'\\x27'",
          "\u2028",
          "off",
          "-1",
          "0x10",
          "1e3",
          "017",
          "1 GB",
          "5min",
          "yes",
          "\\n",
          "\\047");

  private final SplittableRandom random;
  private final List<Parameter> parameters;

  ParameterFuzz(SplittableRandom random, int major) {
    this.random = random;
    this.parameters =
        ParameterTable.of(major).all().stream()
            .filter(p -> !MACHINE.contains(p.name()) && p.type() != Parameter.Type.STRING)
            .toList();
  }

  Map<String, String> parameters(int count) {
    var map = new TreeMap<String, String>();
    for (int i = 0; i < count; i++) {
      Parameter parameter = parameters.get(random.nextInt(parameters.size()));
      map.put(parameter.name(), value(parameter));
    }
    for (int i = 0; i < 12; i++) {
      map.put("fuzz.p" + i, nastyText(random));
      map.put(pick(NASTY) + pick(NASTY), nastyText(random));
    }
    map.put("Archive_Command", "true");
    map.put("include", "/etc/passwd");
    map.put("a.b.c", "x");
    map.put("a$b.c", "x");
    map.put("fuzz.broken", "a\0b");
    map.put("SSL", "off");
    return map;
  }

  private String value(Parameter parameter) {
    if (random.nextInt(4) == 0) {
      return pick(NASTY);
    }
    return switch (parameter.type()) {
      case BOOL -> pick(List.of("on", "OFF", "t", "fal", "y", "no", "1", "0", "of", "o", "maybe"));
      case ENUM -> pick(parameter.choices());
      case INTEGER, REAL -> number(parameter);
      case STRING -> "";
    };
  }

  private String number(Parameter parameter) {
    double low = parameter.minimum() == null ? 0 : parameter.minimum().doubleValue();
    double high = parameter.maximum() == null ? 1e6 : parameter.maximum().doubleValue();
    // Enough to be far off the default, not so much that this machine lacks the memory.
    double sane = Math.min(high, Math.max(low + 1, 400));
    double value =
        switch (random.nextInt(8)) {
          case 0 -> low;
          case 1 -> low - 1;
          case 2 -> high + 1;
          default -> low + random.nextDouble() * (sane - low);
        };
    String text =
        parameter.type() == Parameter.Type.INTEGER
            ? BigDecimal.valueOf(Math.rint(value)).toBigInteger().toString()
            : Double.toString(value);
    return random.nextInt(4) == 0
        ? text + pick(List.of(" ", "kB", " MB", "ms", " s", "min", "x"))
        : text;
  }

  static String nastyText(SplittableRandom random) {
    var text = new StringBuilder();
    for (int i = random.nextInt(5); i >= 0; i--) {
      text.append(NASTY.get(random.nextInt(NASTY.size())));
    }
    return text.toString();
  }

  /// A line near to what `pg_hba.conf` takes.
  static String accessLine(SplittableRandom random) {
    List<List<String>> fields =
        List.of(
            List.of("host", "hostssl", "local", "hostnossl", "hostgssenc", "hots", "\"host\""),
            List.of("all", "a,b", "\"my db\"", "sameuser", "replication", "@file", "a, b", "/x"),
            List.of("all", "+group", "\"a b\"", "bob,\"al#ice\"", "\"unclosed", "/^x"),
            List.of(
                "all",
                "samenet",
                "10.0.0.1/32",
                "10.0.0.1/33",
                "10.0.0.1",
                "::1/128",
                "::1/129",
                "fe80::/10",
                ".example.com",
                "10.0.0.0 255.0.0.0",
                "300.1.1.1/8",
                ":::/3",
                "1.2.3.4/",
                "host/24"),
            List.of(
                "trust",
                "md5",
                "scram-sha-256",
                "reject",
                "peer",
                "cert",
                "ident",
                "ldap",
                "pam",
                "password",
                "gss",
                "nonsense",
                "ldap ldapserver=x",
                "radius",
                "ldap ldapserver=x ldapprefix=y",
                "ldap ldapurl=ldap://x/y",
                "cert map=m",
                "md5 clientcert=verify-ca",
                "md5 map=x",
                "gss include_realm=1",
                "md5 what=ever",
                "cert clientname=DN",
                "pam pamservice=x",
                "scram-sha-256 clientcert=1",
                "ldap ldapserver=x ldapprefix=y ldapbasedn=z",
                "bsd",
                "sspi",
                "oauth"),
            List.of("", "# comment", "extra", "\\", "map=x"));
    var line = new StringBuilder();
    for (List<String> field : fields) {
      if (random.nextInt(25) > 0) {
        line.append(field.get(random.nextInt(field.size()))).append(' ');
      }
    }
    String text = line.toString();
    return random.nextBoolean() ? text.strip() : text;
  }

  private String pick(List<String> list) {
    return list.isEmpty() ? "" : list.get(random.nextInt(list.size()));
  }
}

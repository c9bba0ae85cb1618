// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// Judges the options behind the method of a rule in `pg_hba.conf` (PostgreSQL manual, 21.1 and
/// 21.4 to 21.13).
final class HbaOptions {
  private static final Set<String> MAPPED = Set.of("ident", "peer", "gss", "cert", "oauth");
  private static final Pattern LDAP_URL = Pattern.compile("ldaps?://[^/\\s]*/\\S*");

  /// Options that belong to one method.
  private static final Map<String, Set<String>> OF_METHOD =
      Map.of(
          "ldap",
          Set.of(
              "ldapserver",
              "ldapport",
              "ldapscheme",
              "ldaptls",
              "ldapprefix",
              "ldapsuffix",
              "ldapbasedn",
              "ldapbinddn",
              "ldapbindpasswd",
              "ldapsearchattribute",
              "ldapsearchfilter",
              "ldapurl"),
          "pam",
          Set.of("pamservice", "pam_use_hostname"),
          "gss",
          Set.of("krb_realm", "include_realm"),
          "radius",
          Set.of("radiusservers", "radiussecrets", "radiusports", "radiusidentifiers"),
          "oauth",
          Set.of("issuer", "scope", "validator", "delegate_ident_mapping"));

  private HbaOptions() {}

  /// What is wrong with the options; empty if nothing.
  static String problem(String method, boolean tls, int major, List<String> options) {
    var values = new TreeMap<String, String>();
    for (String option : options) {
      int equals = option.indexOf('=');
      if (equals < 1 || option.startsWith(",")) {
        return "has an option that is no NAME=VALUE: \"" + option.replace(",", "") + "\"";
      }
      String name = option.substring(0, equals);
      String value = option.substring(equals + 1);
      String problem = problem(method, tls, name, value);
      if (!problem.isEmpty()) {
        return problem;
      }
      values.put(name, value);
    }
    return switch (method) {
      case "ldap" -> ldapProblem(values);
      case "radius" ->
          values.containsKey("radiusservers") && values.containsKey("radiussecrets")
              ? ""
              : "needs radiusservers and radiussecrets";
      case "oauth" ->
          values.containsKey("issuer") && values.containsKey("scope")
              ? ""
              : "needs issuer and scope";
      default -> "";
    };
  }

  private static String problem(String method, boolean tls, String name, String value) {
    return switch (name) {
      case "map" -> MAPPED.contains(method) ? "" : "has map, which does not work with " + method;
      case "clientcert" -> {
        if (!tls) {
          yield "has clientcert, which works on hostssl rules only";
        }
        boolean known =
            value.equals("verify-full") || (value.equals("verify-ca") && !method.equals("cert"));
        yield known ? "" : "has clientcert=" + value + "; write verify-full";
      }
      case "clientname" -> {
        if (!tls) {
          yield "has clientname, which works on hostssl rules only";
        }
        yield value.equals("CN") || value.equals("DN")
            ? ""
            : "has clientname=" + value + "; write CN or DN";
      }
      case "ldapport" ->
          !method.equals("ldap") || value.matches("[1-9]\\d{0,4}")
              ? unknownProblem(method, name)
              : "has no valid ldapport: \"" + value + "\"";
      case "ldapscheme" ->
          !method.equals("ldap") || value.matches("ldaps?")
              ? unknownProblem(method, name)
              : "has no valid ldapscheme: \"" + value + "\"; write ldap or ldaps";
      case "ldapurl" ->
          !method.equals("ldap") || LDAP_URL.matcher(value).matches()
              ? unknownProblem(method, name)
              : "has no valid ldapurl: \"" + value + "\"";
      default -> unknownProblem(method, name);
    };
  }

  private static String unknownProblem(String method, String name) {
    return OF_METHOD.getOrDefault(method, Set.of()).contains(name)
        ? ""
        : "has the option " + name + ", which does not work with " + method;
  }

  private static String ldapProblem(Map<String, String> values) {
    boolean url = values.containsKey("ldapurl");
    boolean direct = values.containsKey("ldapprefix") || values.containsKey("ldapsuffix");
    boolean search =
        url
            || values.containsKey("ldapbasedn")
            || values.containsKey("ldapbinddn")
            || values.containsKey("ldapbindpasswd")
            || values.containsKey("ldapsearchattribute")
            || values.containsKey("ldapsearchfilter");
    if (!url && values.getOrDefault("ldapserver", "").isEmpty()) {
      return "has no ldapserver";
    }
    if (direct && search) {
      return "both searches (ldapbasedn and others) and binds directly (ldapprefix, ldapsuffix)";
    }
    if (!direct && !url && !values.containsKey("ldapbasedn")) {
      return "says neither where to search (ldapbasedn) nor how to bind (ldapprefix, ldapsuffix)";
    }
    if (values.containsKey("ldapsearchattribute") && values.containsKey("ldapsearchfilter")) {
      return "has both ldapsearchattribute and ldapsearchfilter; write one of them";
    }
    return "";
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Judges one line of `pg_hba.conf` or `pg_ident.conf` as PostgreSQL would (its manual, 21.1 and
/// 21.2).
public final class HbaRule {
  private static final Set<String> TYPES =
      Set.of("local", "host", "hostssl", "hostnossl", "hostgssenc", "hostnogssenc");

  /// Those that PostgreSQL on Linux has; `sspi` and `bsd` belong to other systems.
  private static final Set<String> METHODS =
      Set.of(
          "trust",
          "reject",
          "scram-sha-256",
          "md5",
          "password",
          "gss",
          "ident",
          "peer",
          "ldap",
          "radius",
          "cert",
          "pam",
          "oauth");

  private static final Set<String> INCLUDES = Set.of("include", "include_dir", "include_if_exists");
  private static final Pattern IPV4 =
      Pattern.compile("(?:(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)\\.){3}(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)");

  private record Token(String text, boolean quoted) {}

  private HbaRule() {}

  /// Why PostgreSQL of this major would refuse the line of `pg_hba.conf`; empty if it would take
  /// it.
  public static Optional<String> problemWith(String line, int major) {
    String problem = problem(line, major);
    return problem.isEmpty() ? Optional.empty() : Optional.of(problem);
  }

  private static String problem(String line, int major) {
    if (line.isBlank() || line.strip().startsWith("#")) {
      return line.endsWith("\\") ? "ends in a backslash, which would join the next line" : "";
    }
    String unreadable = unreadable(line);
    if (!unreadable.isEmpty()) {
      return unreadable;
    }
    List<List<Token>> fields = fields(line);
    String type = fields.getFirst().getFirst().text();
    if (INCLUDES.contains(type) && !fields.getFirst().getFirst().quoted()) {
      return "includes another file; write the rules into the Cluster instead";
    }
    if (!TYPES.contains(type) || fields.getFirst().size() > 1) {
      return "begins with \"" + type + "\"; a rule begins with local, host, hostssl or hostnossl";
    }
    boolean local = type.equals("local");
    if (fields.size() < (local ? 4 : 5)) {
      return "is too short; write "
          + (local ? "local DATABASE USER METHOD" : type + " DATABASE USER ADDRESS METHOD");
    }
    if (local) {
      return methodProblem(fields, 3, true, major);
    }
    if (fields.get(3).size() > 1) {
      return "has more than one address; write one rule for each";
    }
    String address = fields.get(3).getFirst().text();
    int slash = address.indexOf('/');
    String bare = slash < 0 ? address : address.substring(0, slash);
    boolean v4 = IPV4.matcher(bare).matches();
    boolean v6 = !v4 && bare.indexOf(':') >= 0;
    if (slash >= 0 && !v4 && !v6) {
      return "has an address mask on something that is no IP address: \"" + address + "\"";
    }
    if (slash >= 0) {
      String mask = maskProblem(address, v4);
      return mask.isEmpty() ? methodProblem(fields, 4, false, major) : mask;
    }
    if (v4 || v6) {
      return fields.size() < 6 || !isMask(fields.get(4).getFirst().text(), v4)
          ? "has an address without a mask; write " + bare + (v4 ? "/32" : "/128")
          : methodProblem(fields, 5, false, major);
    }
    return methodProblem(fields, 4, false, major);
  }

  private static String maskProblem(String address, boolean v4) {
    int slash = address.indexOf('/');
    String bits = address.substring(slash + 1);
    if (!v4 && !isIpv6(address.substring(0, slash))) {
      return "has no valid IPv6 address: \"" + address + "\"";
    }
    boolean fits = bits.matches("\\d{1,3}") && Integer.parseInt(bits) <= (v4 ? 32 : 128);
    return fits ? "" : "has no valid address mask: \"" + address + "\"";
  }

  private static boolean isMask(String text, boolean v4) {
    return v4 ? IPV4.matcher(text).matches() : isIpv6(text);
  }

  private static boolean isIpv6(String text) {
    if (!text.matches("[0-9a-fA-F:.]+") || text.indexOf(':') < 0) {
      return false;
    }
    try {
      return java.net.InetAddress.ofLiteral(text) != null;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static String methodProblem(List<List<Token>> fields, int at, boolean local, int major) {
    if (fields.size() <= at) {
      return "has no authentication method at its end";
    }
    if (fields.get(at).size() > 1) {
      return "has more than one authentication method";
    }
    String method = fields.get(at).getFirst().text();
    if (!METHODS.contains(method) || (method.equals("oauth") && major < 18)) {
      return "has an unknown authentication method: \"" + method + "\"";
    }
    if (method.equals("peer") && !local) {
      return "uses peer on the network; it works on local rules only";
    }
    boolean tls = fields.getFirst().getFirst().text().equals("hostssl");
    if (method.equals("cert") && !tls) {
      return "uses cert without TLS; it works on hostssl rules only";
    }
    if (method.equals("gss") && local) {
      return "uses gss on a local socket; it works on the network only";
    }
    String pattern = major >= 16 ? patternProblem(fields) : "";
    return pattern.isEmpty()
        ? HbaOptions.problem(method, tls, major, texts(fields.subList(at + 1, fields.size())))
        : pattern;
  }

  /// From 16 on, a database or user that begins with a slash is a regular expression.
  private static String patternProblem(List<List<Token>> fields) {
    for (List<Token> field : fields.subList(1, 3)) {
      for (Token token : field) {
        if (token.text().startsWith("/") && !isPattern(token.text().substring(1))) {
          return "has no valid regular expression: \"" + token.text() + "\"";
        }
      }
    }
    return "";
  }

  private static boolean isPattern(String text) {
    try {
      Pattern.compile(text);
      return true;
    } catch (java.util.regex.PatternSyntaxException e) {
      return false;
    }
  }

  /// Each field's single token; a field of several becomes a text that is no option.
  private static List<String> texts(List<List<Token>> fields) {
    return fields.stream()
        .map(field -> field.size() == 1 ? field.getFirst().text() : "," + field.getFirst().text())
        .toList();
  }

  /// Why PostgreSQL would refuse the line of `pg_ident.conf`; empty if it would take it.
  public static Optional<String> problemWithMap(String line) {
    if (line.isBlank() || line.strip().startsWith("#")) {
      return line.endsWith("\\") ? Optional.of("ends in a backslash") : Optional.empty();
    }
    String unreadable = unreadable(line);
    if (!unreadable.isEmpty()) {
      return Optional.of(unreadable);
    }
    List<List<Token>> fields = fields(line);
    if (fields.size() != 3 || fields.stream().anyMatch(field -> field.size() != 1)) {
      return Optional.of("is no map; write MAP-NAME SYSTEM-USER DATABASE-USER");
    }
    Token systemUser = fields.get(1).getFirst();
    if (systemUser.text().startsWith("/")) {
      if (!isPattern(systemUser.text().substring(1))) {
        return Optional.of("has no valid regular expression: \"" + systemUser.text() + "\"");
      }
    }
    return Optional.empty();
  }

  private static String unreadable(String line) {
    if (!ConfText.isWritable(line)) {
      return "holds a NUL or broken Unicode";
    }
    if (line.chars().anyMatch(c -> c == '\n' || c == '\r')) {
      return "holds a line break";
    }
    if (line.endsWith("\\") || line.strip().endsWith("\\")) {
      return "ends in a backslash, which would join the next line";
    }
    if (line.chars().filter(c -> c == '"').count() % 2 != 0) {
      return "has a double quote without its partner";
    }
    return line.length() > 8000 ? "is longer than 8000 characters" : fieldsProblem(line);
  }

  private static String fieldsProblem(String line) {
    for (List<Token> field : fields(line)) {
      for (Token token : field) {
        if (token.text().startsWith("@") && !token.quoted() && token.text().length() > 1) {
          return "includes another file (" + token.text() + "); write the names into the rule";
        }
      }
    }
    return "";
  }

  /// Splits a line into fields (parted by blanks) of tokens (parted by commas), with quotes
  /// removed.
  private static List<List<Token>> fields(String line) {
    var fields = new ArrayList<List<Token>>();
    var field = new ArrayList<Token>();
    var token = new StringBuilder();
    boolean inQuotes = false;
    boolean quoted = false;
    boolean some = false;
    boolean afterComma = false;
    for (int i = 0; i <= line.length(); i++) {
      char c = i < line.length() ? line.charAt(i) : ' ';
      boolean comment = c == '#' && !inQuotes;
      boolean blank = (c == ' ' || c == '\t' || c == '\f' || c == 0x0b) && !inQuotes;
      if (blank || comment || (c == ',' && !inQuotes)) {
        if (some) {
          field.add(new Token(token.toString(), quoted));
          afterComma = false;
        }
        token.setLength(0);
        quoted = false;
        some = false;
        if (c == ',') {
          afterComma = true;
        } else if (!afterComma && !field.isEmpty()) {
          fields.add(List.copyOf(field));
          field.clear();
        }
        if (comment) {
          break;
        }
      } else if (c == '"') {
        inQuotes = !inQuotes;
        quoted |= token.isEmpty();
        some = true;
      } else {
        token.append(c);
        some = true;
      }
    }
    if (!field.isEmpty()) {
      fields.add(List.copyOf(field));
    }
    return fields.isEmpty() ? List.of(List.of(new Token("", false))) : fields;
  }

  /// A field of these files that holds exactly this text.
  ///
  /// @throws IllegalArgumentException if the text cannot stand there, for a line break or a NUL
  static String quote(String text) {
    if (text.chars().anyMatch(c -> c == '\n' || c == '\r' || c == 0)) {
      throw new IllegalArgumentException(
          "a value for pg_hba.conf or pg_ident.conf holds a line break");
    }
    return "\"" + text.replace("\"", "\"\"") + "\"";
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.dump;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/// What belongs to a database beside its content, and `pg_dump` leaves to `--create`: whose it is,
/// who may do what with it, where it lies, its limit and settings.
///
/// @param limit of sessions; -1 for none
/// @param granted whether its privileges were ever changed
record Properties(
    String owner,
    long limit,
    boolean template,
    String tablespace,
    boolean granted,
    List<Grant> grants,
    List<Rule> rules) {
  static final String DEFAULT_TABLESPACE = "pg_default";

  /// The role that reads from the temporary server, which let it in for that.
  private static final String READER = "streaming_replica";

  private static final long NO_LIMIT = -1;

  /// @param role empty for everybody
  record Grant(String privilege, String role, boolean option) {
    private String words() {
      return "%s for %s%s"
          .formatted(
              privilege, role.isEmpty() ? "everybody" : role, option ? " with grant option" : "");
    }

    private String statement(String database) {
      return "GRANT %s ON DATABASE %s TO %s%s"
          .formatted(
              privilege,
              Place.identifier(database),
              role.isEmpty() ? "PUBLIC" : Place.identifier(role),
              option ? " WITH GRANT OPTION" : "");
    }
  }

  /// A setting of the database, for all or one of the roles.
  ///
  /// @param role empty for all
  /// @param text as the catalogue has it, `work_mem=4MB`
  record Rule(String role, String text) {
    private String words() {
      return role.isEmpty() ? text : text + " for " + role;
    }
  }

  Properties {
    grants = List.copyOf(grants);
    rules = List.copyOf(rules);
  }

  /// Asks for them: one row, one column of JSON.
  static String query(String database) {
    return "select jsonb_build_object('owner', pg_get_userbyid(d.datdba), 'limit', d.datconnlimit,"
        + " 'template', d.datistemplate, 'tablespace', t.spcname, 'granted', d.datacl is not null,"
        + " 'grants', (select jsonb_agg(jsonb_build_object('privilege', a.privilege_type, 'role',"
        + " case when a.grantee <> 0 then pg_get_userbyid(a.grantee) end, 'option', a.is_grantable)"
        + " order by a.grantee, a.privilege_type)"
        + " from aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a),"
        + " 'rules', (select jsonb_agg(jsonb_build_object('role', case when s.setrole <> 0 then"
        + " pg_get_userbyid(s.setrole) end, 'text', c.text) order by s.setrole, c.text)"
        + " from pg_db_role_setting s, unnest(s.setconfig) as c(text) where s.setdatabase = d.oid))"
        + " as properties from pg_database d join pg_tablespace t on t.oid = d.dattablespace where d.datname = "
        + Place.literal(database);
  }

  static Properties parse(JsonNode row) {
    var grants = new ArrayList<Grant>();
    for (JsonNode grant : row.path("grants")) {
      String role = grant.path("role").asText("");
      if (!role.equals(READER)) {
        grants.add(
            new Grant(
                grant.path("privilege").asText(), role, grant.path("option").asBoolean(false)));
      }
    }
    var rules = new ArrayList<Rule>();
    for (JsonNode rule : row.path("rules")) {
      rules.add(new Rule(rule.path("role").asText(""), rule.path("text").asText()));
    }
    return new Properties(
        row.path("owner").asText(),
        row.path("limit").asLong(NO_LIMIT),
        row.path("template").asBoolean(false),
        row.path("tablespace").asText(DEFAULT_TABLESPACE),
        row.path("granted").asBoolean(false),
        grants,
        rules);
  }

  /// What gives them to a new database; its tablespace was chosen when it was made.
  ///
  /// @param exists whether there is such a role: settings of one that is gone mean nothing
  List<String> statements(String database, Predicate<String> exists) {
    var statements = new ArrayList<String>();
    String alter = "ALTER DATABASE " + Place.identifier(database);
    statements.add(alter + " OWNER TO " + Place.identifier(owner));
    if (granted) {
      statements.add(
          "REVOKE ALL ON DATABASE %s FROM PUBLIC, %s"
              .formatted(Place.identifier(database), Place.identifier(owner)));
      grants.forEach(grant -> statements.add(grant.statement(database)));
    }
    if (limit != NO_LIMIT) {
      statements.add(alter + " CONNECTION LIMIT " + limit);
    }
    if (template) {
      statements.add(alter + " IS_TEMPLATE true");
    }
    for (Rule rule : rules) {
      if (rule.role.isEmpty() || exists.test(rule.role)) {
        statements.add(Setting.parse(rule.text).statement(database, rule.role));
      }
    }
    return statements;
  }

  /// In words where these, of the restored moment, are others than those that the database has
  /// instead; empty if nowhere.
  String replacedBy(Properties now) {
    var then = without(now);
    var instead = now.without(this);
    return then.isEmpty() && instead.isEmpty()
        ? ""
        : "owner, privileges, limit and settings stay those of the replaced database (%s); at the restored moment there were instead: %s"
            .formatted(orNone(instead), orNone(then));
  }

  private static String orNone(List<String> words) {
    return words.isEmpty() ? "none of these" : String.join(", ", words);
  }

  private List<String> without(Properties other) {
    var words = new ArrayList<>(words());
    words.removeAll(other.words());
    return words;
  }

  private List<String> words() {
    var words = new ArrayList<String>();
    words.add("owner " + owner);
    words.add("tablespace " + tablespace);
    if (limit != NO_LIMIT) {
      words.add("connection limit " + limit);
    }
    if (template) {
      words.add("template");
    }
    grants.forEach(grant -> words.add(grant.words()));
    rules.forEach(rule -> words.add(rule.words()));
    return words;
  }
}

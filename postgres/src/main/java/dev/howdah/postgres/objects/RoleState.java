// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.objects;

import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.wire.Rows;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A role as it is in the server.
///
/// @param validUntil null for one without an end
/// @param transaction the transaction that wrote its row last, which tells whether somebody else
///   changed its password
public record RoleState(
    String name,
    RoleSpec.Attributes attributes,
    long connectionLimit,
    @Nullable Instant validUntil,
    String comment,
    boolean hasPassword,
    long transaction,
    List<Membership> memberships) {

  /// A role that it is in, and who granted that.
  public record Membership(String role, String grantor) {}

  public RoleState {
    memberships = List.copyOf(memberships);
  }

  /// All roles but PostgreSQL's own, by name.
  static Map<String, RoleState> read(PgServer server) {
    var memberships = new TreeMap<String, List<Membership>>();
    for (Rows.Row row :
        server.query(
            "select m.rolname as member, r.rolname as role, g.rolname as grantor"
                + " from pg_auth_members a join pg_roles m on m.oid = a.member"
                + " join pg_roles r on r.oid = a.roleid join pg_roles g on g.oid = a.grantor"
                + " order by 1, 2, 3")) {
      memberships
          .computeIfAbsent(row.text("member"), member -> new ArrayList<>())
          .add(new Membership(row.text("role"), row.text("grantor")));
    }
    var roles = new TreeMap<String, RoleState>();
    for (Rows.Row row :
        server.query(
            "select rolname, rolsuper, rolcreatedb, rolcreaterole, rolinherit, rolcanlogin,"
                + " rolreplication, rolbypassrls, rolconnlimit,"
                + " case when isfinite(rolvaliduntil) then"
                + " (extract(epoch from rolvaliduntil) * 1000)::bigint end as valid_until,"
                + " shobj_description(oid, 'pg_authid') as comment,"
                + " rolpassword is not null as has_password, xmin::text::bigint as xmin"
                + " from pg_authid where rolname !~ '^pg_'")) {
      String name = row.text("rolname");
      String until = row.get("valid_until");
      roles.put(
          name,
          new RoleState(
              name,
              attributes(row),
              row.number("rolconnlimit"),
              until == null ? null : Instant.ofEpochMilli(Long.parseLong(until)),
              row.text("comment"),
              row.flag("has_password"),
              row.number("xmin"),
              memberships.getOrDefault(name, List.of())));
    }
    return roles;
  }

  private static RoleSpec.Attributes attributes(Rows.Row row) {
    return new RoleSpec.Attributes(
        row.flag("rolsuper"),
        row.flag("rolcreatedb"),
        row.flag("rolcreaterole"),
        row.flag("rolinherit"),
        row.flag("rolcanlogin"),
        row.flag("rolreplication"),
        row.flag("rolbypassrls"));
  }
}

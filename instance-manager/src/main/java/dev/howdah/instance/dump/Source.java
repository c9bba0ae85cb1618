// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.dump;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.instance.server.ServerContext;
import dev.howdah.kube.Json;
import dev.howdah.postgres.command.ProgramRun;
import dev.howdah.postgres.config.ConnInfo;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The temporary server: asked over TLS, with this instance's own certificate.
///
/// @param cluster name of the temporary Cluster, which its certificate names
/// @param database the one that comes back
record Source(ServerContext context, String cluster, String address, String database) {
  private static final int PORT = 5432;
  private static final Duration LONG = Duration.ofHours(6);

  /// For libpq.
  String connection() {
    String quoted = database.replace("\\", "\\\\").replace("'", "\\'");
    return ConnInfo.streaming(cluster + "-rw", address, PORT, "howdah-restore", context.paths())
            .lasting()
            .without("dbname")
        + " dbname='"
        + quoted
        + "'";
  }

  /// Rows of one column of JSON.
  List<ObjectNode> rows(String sql) throws IOException, InterruptedException {
    var rows = new ArrayList<ObjectNode>();
    for (String row : ask(sql)) {
      rows.add(Json.parse(row));
    }
    return rows;
  }

  /// The first column of each row.
  private List<String> ask(String sql) throws IOException, InterruptedException {
    ProgramRun.Output output =
        context
            .programs()
            .run("psql")
            .with("--no-psqlrc", "--no-password", "-A", "-t", "-v", "ON_ERROR_STOP=1")
            .with("-q", "-c", "set statement_timeout = 0", "-c", sql, connection())
            .within(LONG)
            .runToEnd();
    if (output.exitCode() != 0) {
      throw new IOException("the temporary server doesn't answer: " + output.errors().strip());
    }
    return Arrays.stream(output.text().split("\n", -1)).filter(line -> !line.isEmpty()).toList();
  }

  /// The database's entry of `pg_database`, whatever its major's columns are.
  ObjectNode facts() throws IOException, InterruptedException {
    return Json.parse(
        String.join(
            "",
            ask(
                "select row_to_json(f) from (select d.*, pg_encoding_to_char(d.encoding) as"
                    + " encoding_name, shobj_description(d.oid, 'pg_database') as comment, pg_get_userbyid(d.datdba) as owner from pg_database d"
                    + " where d.datname = current_database()) f")));
  }

  /// Roles that own something in it, or may do something with it.
  List<String> roles() throws IOException, InterruptedException {
    return ask(
        "select distinct r.rolname from pg_roles r where r.rolname !~ '^pg_'"
            + " and (r.oid = (select datdba from pg_database where datname = current_database())"
            + " or r.oid in (select refobjid from pg_shdepend where refclassid ="
            + " 'pg_authid'::regclass and (dbid = (select oid from pg_database where datname ="
            + " current_database()) or (classid = 'pg_database'::regclass and objid ="
            + " (select oid from pg_database where datname = current_database())))))");
  }

  /// What belonged to the database beside its content.
  Properties properties() throws IOException, InterruptedException {
    return Properties.parse(Json.parse(String.join("", ask(Properties.query(database)))));
  }

  /// The database's comment; empty for none, or if it can't be asked any more.
  String comment() throws InterruptedException {
    try {
      return facts().path("comment").asText("");
    } catch (IOException e) {
      return "";
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.howdah.kube.Json;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.wire.PgConnection;
import dev.howdah.postgres.wire.ServerAddress;
import dev.howdah.testing.ThrowawayPostgres;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RestoredDataIT {
  /// Names with what was found; those that were not checked begin so.
  private static Map<String, String> checked(PgServer sql, String wanted) throws IOException {
    ArrayNode checks = JsonNodeFactory.instance.arrayNode();
    new RestoredData(sql).check(Json.parse(wanted), checks);
    var found = new TreeMap<String, String>();
    for (JsonNode check : checks) {
      String message = check.path("message").asText();
      boolean unchecked = message.startsWith("not checked: ");
      assertThat(check.has("passed")).as(check.toString()).isNotEqualTo(unchecked);
      assertThat(check.path("passed").asBoolean(true)).as(check.toString()).isTrue();
      found.put(check.path("name").asText(), message);
    }
    return found;
  }

  @Test
  void saysWhatWasCheckedAndWhatWasNot() throws IOException {
    try (var server = ThrowawayPostgres.start();
        var sql =
            PgServer.local(
                new ServerAddress.Local(server.socketDirectory(), ThrowawayPostgres.PORT))) {
      var empty = checked(sql, "{\"amcheck\": false}");
      assertThat(empty.get("data")).contains("0 tables", "no data of yours came back");
      assertThat(empty.get("amcheck")).contains("not checked: spec.checks.amcheck is false");
      assertThat(empty.get("queries")).contains("not checked: there are none");

      try (PgConnection connection = sql.open("postgres")) {
        connection.script(
            Duration.ofMinutes(1),
            "create table public.nothing (); create table public.t as select 1 as id");
      }

      var filled =
          checked(
              sql,
              "{\"queries\": [{\"name\": \"one\", \"database\": \"postgres\", \"query\": \"select count(*) = 1 from public.t\"}]}");
      assertThat(filled.get("data")).isEqualTo("2 tables in 1 databases, 1 of them with data");
      assertThat(filled.get("one")).isEqualTo("t");
      assertThat(filled.keySet()).anyMatch(name -> name.startsWith("amcheck"));
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.objectstore;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.meta.KeyReference;
import dev.howdah.api.schema.Field;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An object store in barman-cloud's layout, with its credentials and how data is written there.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record BarmanObjectStore(
    @Field(value = "Where to store, such as s3://bucket/path", required = true, minLength = 1)
        String destinationPath,
    @JsonProperty("endpointURL") @Field("Address of the service, where it isn't the provider's own")
        @Nullable String endpointUrl,
    @JsonProperty("endpointCA")
        @Field("Bundle of certificate authorities that the endpoint's certificate is checked with")
        @Nullable KeyReference endpointCa,
    @Field("Folder of this cluster in the store; by default the cluster's name")
        @Nullable String serverName,
    @Field("Tags given to base backups and WAL files") Map<String, String> tags,
    @Field("Tags given to timeline history files") Map<String, String> historyTags,
    @Field("Credentials for S3 and compatible services") @Nullable S3Credentials s3Credentials,
    @Field("Credentials for Azure Blob Storage") @Nullable AzureCredentials azureCredentials,
    @Field("Credentials for Google Cloud Storage") @Nullable GoogleCredentials googleCredentials,
    @Field("How WAL files are archived and restored") @Nullable WalConfiguration wal,
    @Field("How base backups are written and restored") @Nullable DataConfiguration data) {
  public BarmanObjectStore {
    destinationPath = Absent.or(destinationPath, "");
    tags = Absent.map(tags);
    historyTags = Absent.map(historyTags);
  }
}

using System.Text;
using Amqtt.Cli;

// The messages have signs that a terminal with another encoding would garble.
Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
return await CommandLine.RunAsync(args, Console.Out, Console.Error);

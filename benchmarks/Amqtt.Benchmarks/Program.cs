using BenchmarkDotNet.Running;

// dotnet run -c Release --project benchmarks/Amqtt.Benchmarks -- --filter '*Publish*'
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);

; ModuleID = "gru"
target triple = "unknown-unknown-unknown"
target datalayout = ""

define void @"forward"(ptr %"words", i64 %"begin", i64 %"end", i64 %"part", i64 %"parts") nounwind
{
entry:
  %".7" = getelementptr i64, ptr %"words", i64 0
  %"table" = load ptr, ptr %".7", align 8
  %".9" = getelementptr i64, ptr %"words", i64 1
  %"steps" = load i64, ptr %".9", align 8
  %".11" = getelementptr i64, ptr %"words", i64 2
  %"hidden" = load i64, ptr %".11", align 8
  %".13" = getelementptr i64, ptr %"words", i64 3
  %"inputs" = load i64, ptr %".13", align 8
  %".15" = getelementptr i64, ptr %"words", i64 4
  %"head" = load i64, ptr %".15", align 8
  %".17" = getelementptr i64, ptr %"words", i64 5
  %"head.panel" = load i64, ptr %".17", align 8
  %".19" = getelementptr i64, ptr %"words", i64 6
  %"edge" = load i64, ptr %".19", align 8
  %".21" = getelementptr i64, ptr %"words", i64 7
  %"barrier" = load ptr, ptr %".21", align 8
  %".23" = getelementptr i64, ptr %"words", i64 8
  %"vectors" = load ptr, ptr %".23", align 8
  %".25" = getelementptr i64, ptr %"words", i64 9
  %"lengths" = load ptr, ptr %".25", align 8
  %".27" = getelementptr i64, ptr %"words", i64 10
  %"time" = load i64, ptr %".27", align 8
  %".29" = getelementptr i64, ptr %"words", i64 11
  %"time.step" = load i64, ptr %".29", align 8
  %".31" = getelementptr i64, ptr %"words", i64 12
  %"phase" = load i64, ptr %".31", align 8
  %".33" = getelementptr i64, ptr %"words", i64 13
  %"seed" = load i64, ptr %".33", align 8
  %".35" = getelementptr i64, ptr %"words", i64 14
  %"x" = load ptr, ptr %".35", align 8
  %".37" = getelementptr i64, ptr %"words", i64 15
  %"x.step" = load i64, ptr %".37", align 8
  %".39" = getelementptr i64, ptr %"words", i64 16
  %"x.row" = load i64, ptr %".39", align 8
  %".41" = getelementptr i64, ptr %"words", i64 17
  %"projected" = load ptr, ptr %".41", align 8
  %".43" = getelementptr i64, ptr %"words", i64 18
  %"projected.step" = load i64, ptr %".43", align 8
  %".45" = getelementptr i64, ptr %"words", i64 19
  %"projected.row" = load i64, ptr %".45", align 8
  %".47" = getelementptr i64, ptr %"words", i64 20
  %"before.h" = load ptr, ptr %".47", align 8
  %".49" = getelementptr i64, ptr %"words", i64 21
  %"before.h.row" = load i64, ptr %".49", align 8
  %".51" = getelementptr i64, ptr %"words", i64 22
  %"state.h" = load ptr, ptr %".51", align 8
  %".53" = getelementptr i64, ptr %"words", i64 23
  %"state.h.step" = load i64, ptr %".53", align 8
  %".55" = getelementptr i64, ptr %"words", i64 24
  %"state.h.row" = load i64, ptr %".55", align 8
  %".57" = getelementptr i64, ptr %"words", i64 25
  %"state.h.ring" = load i64, ptr %".57", align 8
  %".59" = getelementptr i64, ptr %"words", i64 26
  %"kept" = load ptr, ptr %".59", align 8
  %".61" = getelementptr i64, ptr %"words", i64 27
  %"kept.step" = load i64, ptr %".61", align 8
  %".63" = getelementptr i64, ptr %"words", i64 28
  %"kept.row" = load i64, ptr %".63", align 8
  %".65" = getelementptr i64, ptr %"words", i64 29
  %"delta" = load ptr, ptr %".65", align 8
  %".67" = getelementptr i64, ptr %"words", i64 30
  %"delta.step" = load i64, ptr %".67", align 8
  %".69" = getelementptr i64, ptr %"words", i64 31
  %"delta.row" = load i64, ptr %".69", align 8
  %".71" = getelementptr i64, ptr %"words", i64 32
  %"delta.ring" = load i64, ptr %".71", align 8
  %".73" = getelementptr i64, ptr %"words", i64 33
  %"carried" = load ptr, ptr %".73", align 8
  %".75" = getelementptr i64, ptr %"words", i64 34
  %"spill" = load ptr, ptr %".75", align 8
  %".77" = getelementptr i64, ptr %"words", i64 35
  %"weight" = load ptr, ptr %".77", align 8
  %".79" = getelementptr i64, ptr %"words", i64 36
  %"sum" = load ptr, ptr %".79", align 8
  %".81" = getelementptr i64, ptr %"words", i64 37
  %"partial" = load ptr, ptr %".81", align 8
  %".83" = getelementptr i64, ptr %"words", i64 38
  %"sample" = load ptr, ptr %".83", align 8
  %".85" = getelementptr i64, ptr %"words", i64 39
  %"sample.step" = load i64, ptr %".85", align 8
  %".87" = getelementptr i64, ptr %"words", i64 40
  %"sample.row" = load i64, ptr %".87", align 8
  %".89" = getelementptr i64, ptr %"words", i64 41
  %"kept_sum" = load ptr, ptr %".89", align 8
  %".91" = getelementptr i64, ptr %"words", i64 42
  %"kept_sum.step" = load i64, ptr %".91", align 8
  %".93" = getelementptr i64, ptr %"words", i64 43
  %"kept_sum.row" = load i64, ptr %".93", align 8
  %".95" = getelementptr i64, ptr %"words", i64 44
  %"raw" = load ptr, ptr %".95", align 8
  %".97" = getelementptr i64, ptr %"words", i64 45
  %"raw.step" = load i64, ptr %".97", align 8
  %".99" = getelementptr i64, ptr %"words", i64 46
  %"raw.row" = load i64, ptr %".99", align 8
  %".101" = getelementptr i64, ptr %"words", i64 47
  %"matrix0" = load ptr, ptr %".101", align 8
  %".103" = getelementptr i64, ptr %"words", i64 48
  %"bias0" = load ptr, ptr %".103", align 8
  %".105" = getelementptr i64, ptr %"words", i64 49
  %"matrix1" = load ptr, ptr %".105", align 8
  %".107" = getelementptr i64, ptr %"words", i64 50
  %"bias1" = load ptr, ptr %".107", align 8
  %".109" = alloca i32
  %".110" = alloca i32
  call void @"llvm.x86.sse.stmxcsr"(i32* %".109")
  %".112" = load i32, i32* %".109"
  %".113" = or i32 %".112", 32832
  store i32 %".113", i32* %".110"
  call void @"llvm.x86.sse.ldmxcsr"(i32* %".110")
  %".116" = add i64 7, %"hidden"
  %".117" = udiv i64 %".116", 8
  %".118" = mul i64 %".117", 8
  %".119" = alloca i64
  store i64 0, i64* %".119"
  %".121" = alloca [256 x float], align 64
  store <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>, ptr %".121", align 4
  %".123" = getelementptr float, ptr %".121", i64 8
  store <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>, ptr %".123", align 4
  %".125" = getelementptr float, ptr %".121", i64 16
  store <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>, ptr %".125", align 4
  %".127" = icmp slt i64 0, %"steps"
  %".161" = alloca [144 x float], align 64
  %".162" = alloca [144 x float], align 64
  %".514" = alloca i64
  br i1 %".127", label %"t.loop", label %"t.end"
t.loop:
  %"t" = phi  i64 [0, %"entry"], [%".533", %"tile.end.endif"]
  %".129" = icmp eq i64 %"t", %"edge"
  %".130" = add i64 -1, %"t"
  %".131" = and i64 %".130", %"state.h.ring"
  %".132" = mul i64 %".131", %"state.h.step"
  %".133" = getelementptr float, ptr %"state.h", i64 %".132"
  %".134" = select  i1 %".129", i64 %"before.h.row", i64 %"state.h.row"
  %".135" = select  i1 %".129", ptr %"before.h", ptr %".133"
  %".136" = and i64 %"t", %"state.h.ring"
  %".137" = mul i64 %".136", %"state.h.step"
  %".138" = getelementptr float, ptr %"state.h", i64 %".137"
  %".139" = mul i64 %"t", %"x.step"
  %".140" = getelementptr float, ptr %"x", i64 %".139"
  %".141" = mul i64 %"t", %"kept.step"
  %".142" = getelementptr float, ptr %"kept", i64 %".141"
  %".143" = mul i64 %"t", %"sample.step"
  %".144" = getelementptr float, ptr %"sample", i64 %".143"
  %".145" = mul i64 %"t", %"kept_sum.step"
  %".146" = getelementptr float, ptr %"kept_sum", i64 %".145"
  %".147" = mul i64 %"t", %"raw.step"
  %".148" = getelementptr float, ptr %"raw", i64 %".147"
  %".149" = and i64 %"t", %"delta.ring"
  %".150" = mul i64 %".149", %"delta.step"
  %".151" = getelementptr float, ptr %"delta", i64 %".150"
  %".152" = add i64 7, %"hidden"
  %".153" = udiv i64 %".152", 8
  %".154" = icmp slt i64 1, %"parts"
  %".155" = select  i1 %".154", i64 %"part", i64 0
  %".156" = mul i64 %".153", %".155"
  %".157" = udiv i64 %".156", %"parts"
  %".158" = add i64 1, %".155"
  %".159" = mul i64 %".153", %".158"
  %".160" = udiv i64 %".159", %"parts"
  %".163" = icmp slt i64 %".157", %".160"
  br i1 %".163", label %"tile.loop", label %"tile.end"
t.end:
  call void @"llvm.x86.sse.ldmxcsr"(i32* %".109")
  ret void
tile.loop:
  %"tile" = phi  i64 [%".157", %"t.loop"], [%".504", %"block.end"]
  %".165" = add i64 %"t", %"phase"
  %".166" = and i64 %".165", 1
  %".167" = icmp eq i64 %".166", 1
  %".168" = add i64 -1, %".157"
  %".169" = add i64 %".168", %".160"
  %".170" = sub i64 %".169", %"tile"
  %".171" = select  i1 %".167", i64 %".170", i64 %"tile"
  %".172" = sub i64 %"end", %"begin"
  %".173" = add i64 5, %".172"
  %".174" = udiv i64 %".173", 6
  %".175" = icmp slt i64 0, %".174"
  br i1 %".175", label %"block.loop", label %"block.end"
tile.end:
  %".507" = icmp sgt i64 %"parts", 1
  br i1 %".507", label %"tile.end.if", label %"tile.end.endif"
block.loop:
  %"block" = phi  i64 [0, %"tile.loop"], [%".501", %"row.end"]
  %".177" = mul i64 %".172", %"block"
  %".178" = udiv i64 %".177", %".174"
  %".179" = add i64 1, %"block"
  %".180" = mul i64 %".172", %".179"
  %".181" = udiv i64 %".180", %".174"
  %".182" = add i64 %"begin", %".178"
  %".183" = sub i64 %".181", %".178"
  %".184" = sub i64 %".153", %".171"
  %".185" = icmp slt i64 %".184", 1
  %".186" = select  i1 %".185", i64 %".184", i64 1
  %".187" = mul i64 %".171", %"inputs"
  %".188" = mul i64 %".187", 24
  %".189" = getelementptr float, ptr %"matrix0", i64 %".188"
  %".190" = mul i64 %".171", 24
  %".191" = getelementptr float, ptr %"bias0", i64 %".190"
  %".192" = mul i64 %".186", 3
  %".193" = mul i64 %".182", %"x.row"
  %".194" = getelementptr float, ptr %".140", i64 %".193"
  %".195" = icmp eq i64 %"projected.row", 0
  br i1 %".195", label %"block.loop.if", label %"block.loop.endif"
block.end:
  %".504" = add i64 %"tile", 1
  %".505" = icmp slt i64 %".504", %".160"
  br i1 %".505", label %"tile.loop", label %"tile.end"
block.loop.if:
  %".197" = icmp slt i64 0, %".192"
  br i1 %".197", label %"part.loop", label %"part.end"
block.loop.endif:
  %".221" = mul i64 %".171", %"head.panel"
  %".222" = mul i64 %".221", 24
  %".223" = getelementptr float, ptr %"matrix1", i64 %".222"
  %".224" = mul i64 %".186", 3
  %".225" = mul i64 %".182", %".134"
  %".226" = getelementptr float, ptr %".135", i64 %".225"
  %".227" = icmp slt i64 0, %".224"
  br i1 %".227", label %"part.loop.1", label %"part.end.1"
part.loop:
  %"part.1" = phi  i64 [0, %"block.loop.if"], [%".217", %"part.loop"]
  %".199" = mul i64 %"part.1", 8
  %".200" = getelementptr float, ptr %".161", i64 %".199"
  %".201" = mul i64 %"part.1", 8
  %".202" = getelementptr float, ptr %".191", i64 %".201"
  %".203" = sub i64 %".192", %"part.1"
  %".204" = icmp slt i64 %".203", 2
  %".205" = select  i1 %".204", i64 %".203", i64 2
  %".206" = mul i64 %"part.1", 8
  %".207" = getelementptr float, ptr %".189", i64 %".206"
  %".208" = mul i64 %"inputs", 24
  %".209" = add i64 -1, %".205"
  %".210" = mul i64 %".209", 12
  %".211" = add i64 -1, %".210"
  %".212" = add i64 %".211", %".183"
  %".213" = getelementptr i64, ptr %"table", i64 %".212"
  %".214" = load i64, ptr %".213", align 8
  %".215" = inttoptr i64 %".214" to void (ptr, i64, i64, i64, i64, ptr, i64, i64, i64, i64, ptr, i64, i64, ptr, i64)*
  call void %".215"(ptr %".194", i64 %"x.row", i64 1, i64 1, i64 0, ptr %".207", i64 8, i64 24, i64 %".208", i64 %"inputs", ptr %".200", i64 24, i64 8, ptr %".202", i64 0)
  %".217" = add i64 %"part.1", 2
  %".218" = icmp slt i64 %".217", %".192"
  br i1 %".218", label %"part.loop", label %"part.end"
part.end:
  br label %"block.loop.endif"
part.loop.1:
  %"part.2" = phi  i64 [0, %"block.loop.endif"], [%".247", %"part.loop.1"]
  %".229" = mul i64 %"part.2", 8
  %".230" = getelementptr float, ptr %".162", i64 %".229"
  %".231" = mul i64 %"part.2", 8
  %".232" = getelementptr float, ptr %".121", i64 %".231"
  %".233" = sub i64 %".224", %"part.2"
  %".234" = icmp slt i64 %".233", 2
  %".235" = select  i1 %".234", i64 %".233", i64 2
  %".236" = mul i64 %"part.2", 8
  %".237" = getelementptr float, ptr %".223", i64 %".236"
  %".238" = mul i64 %"head.panel", 24
  %".239" = add i64 -1, %".235"
  %".240" = mul i64 %".239", 12
  %".241" = add i64 -1, %".240"
  %".242" = add i64 %".241", %".183"
  %".243" = getelementptr i64, ptr %"table", i64 %".242"
  %".244" = load i64, ptr %".243", align 8
  %".245" = inttoptr i64 %".244" to void (ptr, i64, i64, i64, i64, ptr, i64, i64, i64, i64, ptr, i64, i64, ptr, i64)*
  call void %".245"(ptr %".226", i64 %".134", i64 1, i64 1, i64 %".118", ptr %".237", i64 8, i64 24, i64 %".238", i64 %"hidden", ptr %".230", i64 24, i64 8, ptr %".232", i64 0)
  %".247" = add i64 %"part.2", 2
  %".248" = icmp slt i64 %".247", %".224"
  br i1 %".248", label %"part.loop.1", label %"part.end.1"
part.end.1:
  %".250" = icmp slt i64 0, %".183"
  br i1 %".250", label %"row.loop", label %"row.end"
row.loop:
  %"row" = phi  i64 [0, %"part.end.1"], [%".498", %"block.end.1"]
  %".252" = icmp slt i64 0, %".186"
  br i1 %".252", label %"block.loop.1", label %"block.end.1"
row.end:
  %".501" = add i64 %"block", 1
  %".502" = icmp slt i64 %".501", %".174"
  br i1 %".502", label %"block.loop", label %"block.end"
block.loop.1:
  %"block.1" = phi  i64 [0, %"row.loop"], [%".495", %"block.loop.1.endif"]
  %".254" = add i64 %".171", %"block.1"
  %".255" = mul i64 %".254", 8
  %".256" = mul i64 %"row", 24
  %".257" = getelementptr float, ptr %".161", i64 %".256"
  %".258" = add i64 %".182", %"row"
  %".259" = mul i64 %"t", %"projected.step"
  %".260" = getelementptr float, ptr %"projected", i64 %".259"
  %".261" = mul i64 %".258", %"projected.row"
  %".262" = mul i64 %".171", 24
  %".263" = add i64 %".261", %".262"
  %".264" = getelementptr float, ptr %".260", i64 %".263"
  %".265" = icmp eq i64 %"projected.row", 0
  %".266" = select  i1 %".265", ptr %".257", ptr %".264"
  %".267" = mul i64 %"block.1", 24
  %".268" = getelementptr float, ptr %".266", i64 %".267"
  %".269" = getelementptr float, ptr %".268", i64 8
  %".270" = getelementptr float, ptr %".268", i64 16
  %".271" = mul i64 %"row", 24
  %".272" = getelementptr float, ptr %".162", i64 %".271"
  %".273" = mul i64 %"block.1", 24
  %".274" = getelementptr float, ptr %".272", i64 %".273"
  %".275" = getelementptr float, ptr %".274", i64 8
  %".276" = getelementptr float, ptr %".274", i64 16
  %".277" = sub i64 %"hidden", %".255"
  %".278" = icmp slt i64 %".277", 8
  br i1 %".278", label %"block.loop.1.if", label %"block.loop.1.else"
block.end.1:
  %".498" = add i64 %"row", 1
  %".499" = icmp slt i64 %".498", %".183"
  br i1 %".499", label %"row.loop", label %"row.end"
block.loop.1.if:
  %".386" = add i64 %".182", %"row"
  %".387" = insertelement <8 x i64> <i64 undef, i64 undef, i64 undef, i64 undef, i64 undef, i64 undef, i64 undef, i64 undef>, i64 %".277", i32 0
  %".388" = shufflevector <8 x i64> %".387", <8 x i64> <i64 undef, i64 undef, i64 undef, i64 undef, i64 undef, i64 undef, i64 undef, i64 undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".389" = icmp slt <8 x i64> <i64 0, i64 1, i64 2, i64 3, i64 4, i64 5, i64 6, i64 7>, %".388"
  %".390" = load <8 x float>, ptr %".268", align 4
  %".391" = load <8 x float>, ptr %".274", align 4
  %".392" = fadd <8 x float> %".390", %".391"
  %".393" = fneg <8 x float> %".392"
  %".394" = fcmp ogt <8 x float> %".393", <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>
  %".395" = select  <8 x i1> %".394", <8 x float> <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>, <8 x float> %".393"
  %".396" = fcmp olt <8 x float> %".395", <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>
  %".397" = select  <8 x i1> %".396", <8 x float> <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>, <8 x float> %".395"
  %".398" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".397", <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %".399" = call <8 x float> @"llvm.floor.v8f32"(<8 x float> %".398")
  %".400" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".399", <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %".397")
  %".401" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".399", <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %".400")
  %".402" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000>, <8 x float> %".401", <8 x float> <float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000>)
  %".403" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".402", <8 x float> %".401", <8 x float> <float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000>)
  %".404" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".403", <8 x float> %".401", <8 x float> <float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000>)
  %".405" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".404", <8 x float> %".401", <8 x float> <float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000>)
  %".406" = fmul <8 x float> %".405", %".401"
  %".407" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".406", <8 x float> %".401", <8 x float> %".401")
  %".408" = fadd <8 x float> %".407", <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %".409" = fptosi <8 x float> %".399" to <8 x i32>
  %".410" = add <8 x i32> %".409", <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %".411" = shl <8 x i32> %".410", <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %".412" = bitcast <8 x i32> %".411" to <8 x float>
  %".413" = fmul <8 x float> %".408", %".412"
  %".414" = fadd <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %".413"
  %".415" = call <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".414")
  %".416" = fneg <8 x float> %".414"
  %".417" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".416", <8 x float> %".415", <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %"z.1" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".415", <8 x float> %".417", <8 x float> %".415")
  %".419" = fsub <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %"z.1"
  %".420" = load <8 x float>, ptr %".269", align 4
  %".421" = load <8 x float>, ptr %".270", align 4
  %".422" = load <8 x float>, ptr %".275", align 4
  %".423" = fadd <8 x float> %".421", %".422"
  %".424" = fneg <8 x float> %".423"
  %".425" = fcmp ogt <8 x float> %".424", <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>
  %".426" = select  <8 x i1> %".425", <8 x float> <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>, <8 x float> %".424"
  %".427" = fcmp olt <8 x float> %".426", <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>
  %".428" = select  <8 x i1> %".427", <8 x float> <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>, <8 x float> %".426"
  %".429" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".428", <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %".430" = call <8 x float> @"llvm.floor.v8f32"(<8 x float> %".429")
  %".431" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".430", <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %".428")
  %".432" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".430", <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %".431")
  %".433" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000>, <8 x float> %".432", <8 x float> <float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000>)
  %".434" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".433", <8 x float> %".432", <8 x float> <float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000>)
  %".435" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".434", <8 x float> %".432", <8 x float> <float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000>)
  %".436" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".435", <8 x float> %".432", <8 x float> <float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000>)
  %".437" = fmul <8 x float> %".436", %".432"
  %".438" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".437", <8 x float> %".432", <8 x float> %".432")
  %".439" = fadd <8 x float> %".438", <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %".440" = fptosi <8 x float> %".430" to <8 x i32>
  %".441" = add <8 x i32> %".440", <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %".442" = shl <8 x i32> %".441", <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %".443" = bitcast <8 x i32> %".442" to <8 x float>
  %".444" = fmul <8 x float> %".439", %".443"
  %".445" = fadd <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %".444"
  %".446" = call <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".445")
  %".447" = fneg <8 x float> %".445"
  %".448" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".447", <8 x float> %".446", <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %"r.1" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".446", <8 x float> %".448", <8 x float> %".446")
  %".450" = load <8 x float>, ptr %".276", align 4
  %".451" = getelementptr float, ptr %"vectors", i64 %".255"
  %".452" = load <8 x float>, ptr %".451", align 4
  %".453" = fadd <8 x float> %".450", %".452"
  %".454" = fmul <8 x float> %"r.1", %".453"
  %".455" = fadd <8 x float> %".420", %".454"
  %".456" = fcmp ogt <8 x float> %".455", <float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000>
  %".457" = select  <8 x i1> %".456", <8 x float> <float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000>, <8 x float> %".455"
  %".458" = fcmp olt <8 x float> %".457", <float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000>
  %".459" = select  <8 x i1> %".458", <8 x float> <float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000>, <8 x float> %".457"
  %".460" = fmul <8 x float> <float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000>, %".459"
  %".461" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".460", <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %".462" = call <8 x float> @"llvm.floor.v8f32"(<8 x float> %".461")
  %".463" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".462", <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %".460")
  %".464" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".462", <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %".463")
  %".465" = fptosi <8 x float> %".462" to <8 x i32>
  %".466" = add <8 x i32> %".465", <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %".467" = shl <8 x i32> %".466", <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %".468" = bitcast <8 x i32> %".467" to <8 x float>
  %".469" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000>, <8 x float> %".464", <8 x float> <float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000>)
  %".470" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".469", <8 x float> %".464", <8 x float> <float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000>)
  %".471" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".470", <8 x float> %".464", <8 x float> <float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000>)
  %".472" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".471", <8 x float> %".464", <8 x float> <float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000>)
  %".473" = fmul <8 x float> %".472", %".464"
  %".474" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".473", <8 x float> %".464", <8 x float> %".464")
  %".475" = fsub <8 x float> %".468", <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %".476" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".474", <8 x float> %".468", <8 x float> %".475")
  %".477" = fadd <8 x float> %".476", <float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000>
  %".478" = call <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".477")
  %".479" = fneg <8 x float> %".477"
  %".480" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".479", <8 x float> %".478", <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %".481" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".478", <8 x float> %".480", <8 x float> %".478")
  %"n.1" = fmul <8 x float> %".476", %".481"
  %".483" = fmul <8 x float> %".419", %"n.1"
  %".484" = mul i64 %".386", %".134"
  %".485" = add i64 %".484", %".255"
  %".486" = getelementptr float, ptr %".135", i64 %".485"
  %".487" = call <8 x float> @"llvm.masked.load.v8f32.p0"(ptr %".486", i32 4, <8 x i1> %".389", <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>)
  %".488" = fmul <8 x float> %"z.1", %".487"
  %".489" = fadd <8 x float> %".483", %".488"
  %".490" = mul i64 %".386", %"state.h.row"
  %".491" = add i64 %".490", %".255"
  %".492" = getelementptr float, ptr %".138", i64 %".491"
  call void @"llvm.masked.store.v8f32.p0"(<8 x float> %".489", ptr %".492", i32 4, <8 x i1> %".389")
  br label %"block.loop.1.endif"
block.loop.1.else:
  %".280" = add i64 %".182", %"row"
  %".281" = load <8 x float>, ptr %".268", align 4
  %".282" = load <8 x float>, ptr %".274", align 4
  %".283" = fadd <8 x float> %".281", %".282"
  %".284" = fneg <8 x float> %".283"
  %".285" = fcmp ogt <8 x float> %".284", <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>
  %".286" = select  <8 x i1> %".285", <8 x float> <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>, <8 x float> %".284"
  %".287" = fcmp olt <8 x float> %".286", <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>
  %".288" = select  <8 x i1> %".287", <8 x float> <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>, <8 x float> %".286"
  %".289" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".288", <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %".290" = call <8 x float> @"llvm.floor.v8f32"(<8 x float> %".289")
  %".291" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".290", <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %".288")
  %".292" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".290", <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %".291")
  %".293" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000>, <8 x float> %".292", <8 x float> <float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000>)
  %".294" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".293", <8 x float> %".292", <8 x float> <float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000>)
  %".295" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".294", <8 x float> %".292", <8 x float> <float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000>)
  %".296" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".295", <8 x float> %".292", <8 x float> <float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000>)
  %".297" = fmul <8 x float> %".296", %".292"
  %".298" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".297", <8 x float> %".292", <8 x float> %".292")
  %".299" = fadd <8 x float> %".298", <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %".300" = fptosi <8 x float> %".290" to <8 x i32>
  %".301" = add <8 x i32> %".300", <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %".302" = shl <8 x i32> %".301", <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %".303" = bitcast <8 x i32> %".302" to <8 x float>
  %".304" = fmul <8 x float> %".299", %".303"
  %".305" = fadd <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %".304"
  %".306" = call <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".305")
  %".307" = fneg <8 x float> %".305"
  %".308" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".307", <8 x float> %".306", <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %"z" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".306", <8 x float> %".308", <8 x float> %".306")
  %".310" = fsub <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %"z"
  %".311" = load <8 x float>, ptr %".269", align 4
  %".312" = load <8 x float>, ptr %".270", align 4
  %".313" = load <8 x float>, ptr %".275", align 4
  %".314" = fadd <8 x float> %".312", %".313"
  %".315" = fneg <8 x float> %".314"
  %".316" = fcmp ogt <8 x float> %".315", <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>
  %".317" = select  <8 x i1> %".316", <8 x float> <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>, <8 x float> %".315"
  %".318" = fcmp olt <8 x float> %".317", <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>
  %".319" = select  <8 x i1> %".318", <8 x float> <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>, <8 x float> %".317"
  %".320" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".319", <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %".321" = call <8 x float> @"llvm.floor.v8f32"(<8 x float> %".320")
  %".322" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".321", <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %".319")
  %".323" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".321", <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %".322")
  %".324" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000>, <8 x float> %".323", <8 x float> <float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000>)
  %".325" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".324", <8 x float> %".323", <8 x float> <float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000>)
  %".326" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".325", <8 x float> %".323", <8 x float> <float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000>)
  %".327" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".326", <8 x float> %".323", <8 x float> <float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000>)
  %".328" = fmul <8 x float> %".327", %".323"
  %".329" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".328", <8 x float> %".323", <8 x float> %".323")
  %".330" = fadd <8 x float> %".329", <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %".331" = fptosi <8 x float> %".321" to <8 x i32>
  %".332" = add <8 x i32> %".331", <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %".333" = shl <8 x i32> %".332", <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %".334" = bitcast <8 x i32> %".333" to <8 x float>
  %".335" = fmul <8 x float> %".330", %".334"
  %".336" = fadd <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %".335"
  %".337" = call <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".336")
  %".338" = fneg <8 x float> %".336"
  %".339" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".338", <8 x float> %".337", <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %"r" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".337", <8 x float> %".339", <8 x float> %".337")
  %".341" = load <8 x float>, ptr %".276", align 4
  %".342" = getelementptr float, ptr %"vectors", i64 %".255"
  %".343" = load <8 x float>, ptr %".342", align 4
  %".344" = fadd <8 x float> %".341", %".343"
  %".345" = fmul <8 x float> %"r", %".344"
  %".346" = fadd <8 x float> %".311", %".345"
  %".347" = fcmp ogt <8 x float> %".346", <float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000>
  %".348" = select  <8 x i1> %".347", <8 x float> <float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000>, <8 x float> %".346"
  %".349" = fcmp olt <8 x float> %".348", <float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000>
  %".350" = select  <8 x i1> %".349", <8 x float> <float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000>, <8 x float> %".348"
  %".351" = fmul <8 x float> <float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000>, %".350"
  %".352" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".351", <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %".353" = call <8 x float> @"llvm.floor.v8f32"(<8 x float> %".352")
  %".354" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".353", <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %".351")
  %".355" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".353", <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %".354")
  %".356" = fptosi <8 x float> %".353" to <8 x i32>
  %".357" = add <8 x i32> %".356", <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %".358" = shl <8 x i32> %".357", <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %".359" = bitcast <8 x i32> %".358" to <8 x float>
  %".360" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000>, <8 x float> %".355", <8 x float> <float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000>)
  %".361" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".360", <8 x float> %".355", <8 x float> <float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000>)
  %".362" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".361", <8 x float> %".355", <8 x float> <float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000>)
  %".363" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".362", <8 x float> %".355", <8 x float> <float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000>)
  %".364" = fmul <8 x float> %".363", %".355"
  %".365" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".364", <8 x float> %".355", <8 x float> %".355")
  %".366" = fsub <8 x float> %".359", <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %".367" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".365", <8 x float> %".359", <8 x float> %".366")
  %".368" = fadd <8 x float> %".367", <float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000>
  %".369" = call <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".368")
  %".370" = fneg <8 x float> %".368"
  %".371" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".370", <8 x float> %".369", <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %".372" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".369", <8 x float> %".371", <8 x float> %".369")
  %"n" = fmul <8 x float> %".367", %".372"
  %".374" = fmul <8 x float> %".310", %"n"
  %".375" = mul i64 %".280", %".134"
  %".376" = add i64 %".375", %".255"
  %".377" = getelementptr float, ptr %".135", i64 %".376"
  %".378" = load <8 x float>, ptr %".377", align 4
  %".379" = fmul <8 x float> %"z", %".378"
  %".380" = fadd <8 x float> %".374", %".379"
  %".381" = mul i64 %".280", %"state.h.row"
  %".382" = add i64 %".381", %".255"
  %".383" = getelementptr float, ptr %".138", i64 %".382"
  store <8 x float> %".380", ptr %".383", align 4
  br label %"block.loop.1.endif"
block.loop.1.endif:
  %".495" = add i64 %"block.1", 1
  %".496" = icmp slt i64 %".495", %".186"
  br i1 %".496", label %"block.loop.1", label %"block.end.1"
tile.end.if:
  %".509" = load i64, i64* %".119"
  %".510" = add i64 %".509", 1
  store i64 %".510", i64* %".119"
  %".512" = atomicrmw add ptr %"barrier", i64 1 seq_cst
  %".513" = mul i64 %".510", %"parts"
  store i64 0, i64* %".514"
  br label %"spin"
tile.end.endif:
  %".533" = add i64 %"t", 1
  %".534" = icmp slt i64 %".533", %"steps"
  br i1 %".534", label %"t.loop", label %"t.end"
spin:
  call void @"llvm.x86.sse2.pause"()
  %".518" = load i64, i64* %".514"
  %".519" = add i64 %".518", 1
  store i64 %".519", i64* %".514"
  %".521" = load atomic i64, ptr %"barrier" acquire, align 8
  %".522" = icmp slt i64 %".521", %".513"
  br i1 %".522", label %"more", label %"joined"
more:
  %".524" = load i64, i64* %".514"
  %".525" = icmp slt i64 %".524", 1000
  br i1 %".525", label %"spin", label %"yield"
yield:
  %".527" = getelementptr i64, ptr %"barrier", i64 1
  %".528" = load i64, ptr %".527", align 8
  %".529" = inttoptr i64 %".528" to i32 ()*
  %".530" = call i32 %".529"()
  br label %"spin"
joined:
  br label %"tile.end.endif"
}

declare void @"llvm.x86.sse.stmxcsr"(ptr %".1")

declare void @"llvm.x86.sse.ldmxcsr"(ptr %".1")

declare <8 x float> @"llvm.fma.v8f32"(<8 x float> %".1", <8 x float> %".2", <8 x float> %".3")

declare <8 x float> @"llvm.floor.v8f32"(<8 x float> %".1")

declare <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".1")

declare <8 x float> @"llvm.masked.load.v8f32.p0"(ptr %".1", i32 %".2", <8 x i1> %".3", <8 x float> %".4")

declare void @"llvm.masked.store.v8f32.p0"(<8 x float> %".1", ptr %".2", i32 %".3", <8 x i1> %".4")

declare void @"llvm.x86.sse2.pause"()

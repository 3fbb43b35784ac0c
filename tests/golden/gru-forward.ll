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
  %".520" = alloca i64
  br i1 %".127", label %"t.loop", label %"t.end"
t.loop:
  %"t" = phi  i64 [0, %"entry"], [%".539", %"tile.end.endif"]
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
  %"tile" = phi  i64 [%".157", %"t.loop"], [%".510", %"block.end"]
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
  %".513" = icmp sgt i64 %"parts", 1
  br i1 %".513", label %"tile.end.if", label %"tile.end.endif"
block.loop:
  %"block" = phi  i64 [0, %"tile.loop"], [%".507", %"row.end"]
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
  %".510" = add i64 %"tile", 1
  %".511" = icmp slt i64 %".510", %".160"
  br i1 %".511", label %"tile.loop", label %"tile.end"
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
  %"row" = phi  i64 [0, %"part.end.1"], [%".504", %"block.end.1"]
  %".252" = icmp slt i64 0, %".186"
  br i1 %".252", label %"block.loop.1", label %"block.end.1"
row.end:
  %".507" = add i64 %"block", 1
  %".508" = icmp slt i64 %".507", %".174"
  br i1 %".508", label %"block.loop", label %"block.end"
block.loop.1:
  %"block.1" = phi  i64 [0, %"row.loop"], [%".501", %"block.loop.1.endif"]
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
  %".504" = add i64 %"row", 1
  %".505" = icmp slt i64 %".504", %".183"
  br i1 %".505", label %"row.loop", label %"row.end"
block.loop.1.if:
  %".389" = add i64 %".182", %"row"
  %".390" = insertelement <8 x i64> <i64 undef, i64 undef, i64 undef, i64 undef, i64 undef, i64 undef, i64 undef, i64 undef>, i64 %".277", i32 0
  %".391" = shufflevector <8 x i64> %".390", <8 x i64> <i64 undef, i64 undef, i64 undef, i64 undef, i64 undef, i64 undef, i64 undef, i64 undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".392" = icmp slt <8 x i64> <i64 0, i64 1, i64 2, i64 3, i64 4, i64 5, i64 6, i64 7>, %".391"
  %".393" = load <8 x float>, ptr %".268", align 4
  %".394" = load <8 x float>, ptr %".274", align 4
  %".395" = fadd <8 x float> %".393", %".394"
  %".396" = fneg <8 x float> %".395"
  %".397" = fcmp ogt <8 x float> %".396", <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>
  %".398" = select  <8 x i1> %".397", <8 x float> <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>, <8 x float> %".396"
  %".399" = fcmp olt <8 x float> %".398", <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>
  %".400" = select  <8 x i1> %".399", <8 x float> <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>, <8 x float> %".398"
  %".401" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".400", <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %".402" = call <8 x float> @"llvm.floor.v8f32"(<8 x float> %".401")
  %".403" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".402", <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %".400")
  %".404" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".402", <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %".403")
  %".405" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000>, <8 x float> %".404", <8 x float> <float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000>)
  %".406" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".405", <8 x float> %".404", <8 x float> <float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000>)
  %".407" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".406", <8 x float> %".404", <8 x float> <float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000>)
  %".408" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".407", <8 x float> %".404", <8 x float> <float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000>)
  %".409" = fmul <8 x float> %".408", %".404"
  %".410" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".409", <8 x float> %".404", <8 x float> %".404")
  %".411" = fadd <8 x float> %".410", <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %".412" = fptosi <8 x float> %".402" to <8 x i32>
  %".413" = add <8 x i32> %".412", <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %".414" = shl <8 x i32> %".413", <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %".415" = bitcast <8 x i32> %".414" to <8 x float>
  %".416" = fmul <8 x float> %".411", %".415"
  %".417" = fadd <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %".416"
  %".418" = call <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".417")
  %".419" = fneg <8 x float> %".417"
  %".420" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".419", <8 x float> %".418", <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %".421" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".420", <8 x float> %".420", <8 x float> %".420")
  %"z.1" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".418", <8 x float> %".421", <8 x float> %".418")
  %".423" = fsub <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %"z.1"
  %".424" = load <8 x float>, ptr %".269", align 4
  %".425" = load <8 x float>, ptr %".270", align 4
  %".426" = load <8 x float>, ptr %".275", align 4
  %".427" = fadd <8 x float> %".425", %".426"
  %".428" = fneg <8 x float> %".427"
  %".429" = fcmp ogt <8 x float> %".428", <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>
  %".430" = select  <8 x i1> %".429", <8 x float> <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>, <8 x float> %".428"
  %".431" = fcmp olt <8 x float> %".430", <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>
  %".432" = select  <8 x i1> %".431", <8 x float> <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>, <8 x float> %".430"
  %".433" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".432", <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %".434" = call <8 x float> @"llvm.floor.v8f32"(<8 x float> %".433")
  %".435" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".434", <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %".432")
  %".436" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".434", <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %".435")
  %".437" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000>, <8 x float> %".436", <8 x float> <float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000>)
  %".438" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".437", <8 x float> %".436", <8 x float> <float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000>)
  %".439" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".438", <8 x float> %".436", <8 x float> <float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000>)
  %".440" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".439", <8 x float> %".436", <8 x float> <float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000>)
  %".441" = fmul <8 x float> %".440", %".436"
  %".442" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".441", <8 x float> %".436", <8 x float> %".436")
  %".443" = fadd <8 x float> %".442", <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %".444" = fptosi <8 x float> %".434" to <8 x i32>
  %".445" = add <8 x i32> %".444", <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %".446" = shl <8 x i32> %".445", <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %".447" = bitcast <8 x i32> %".446" to <8 x float>
  %".448" = fmul <8 x float> %".443", %".447"
  %".449" = fadd <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %".448"
  %".450" = call <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".449")
  %".451" = fneg <8 x float> %".449"
  %".452" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".451", <8 x float> %".450", <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %".453" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".452", <8 x float> %".452", <8 x float> %".452")
  %"r.1" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".450", <8 x float> %".453", <8 x float> %".450")
  %".455" = load <8 x float>, ptr %".276", align 4
  %".456" = getelementptr float, ptr %"vectors", i64 %".255"
  %".457" = load <8 x float>, ptr %".456", align 4
  %".458" = fadd <8 x float> %".455", %".457"
  %".459" = fmul <8 x float> %"r.1", %".458"
  %".460" = fadd <8 x float> %".424", %".459"
  %".461" = fcmp ogt <8 x float> %".460", <float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000>
  %".462" = select  <8 x i1> %".461", <8 x float> <float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000>, <8 x float> %".460"
  %".463" = fcmp olt <8 x float> %".462", <float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000>
  %".464" = select  <8 x i1> %".463", <8 x float> <float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000>, <8 x float> %".462"
  %".465" = fmul <8 x float> <float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000>, %".464"
  %".466" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".465", <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %".467" = call <8 x float> @"llvm.floor.v8f32"(<8 x float> %".466")
  %".468" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".467", <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %".465")
  %".469" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".467", <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %".468")
  %".470" = fptosi <8 x float> %".467" to <8 x i32>
  %".471" = add <8 x i32> %".470", <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %".472" = shl <8 x i32> %".471", <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %".473" = bitcast <8 x i32> %".472" to <8 x float>
  %".474" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000>, <8 x float> %".469", <8 x float> <float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000>)
  %".475" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".474", <8 x float> %".469", <8 x float> <float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000>)
  %".476" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".475", <8 x float> %".469", <8 x float> <float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000>)
  %".477" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".476", <8 x float> %".469", <8 x float> <float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000>)
  %".478" = fmul <8 x float> %".477", %".469"
  %".479" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".478", <8 x float> %".469", <8 x float> %".469")
  %".480" = fsub <8 x float> %".473", <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %".481" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".479", <8 x float> %".473", <8 x float> %".480")
  %".482" = fadd <8 x float> %".481", <float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000>
  %".483" = call <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".482")
  %".484" = fneg <8 x float> %".482"
  %".485" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".484", <8 x float> %".483", <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %".486" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".485", <8 x float> %".485", <8 x float> %".485")
  %".487" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".483", <8 x float> %".486", <8 x float> %".483")
  %"n.1" = fmul <8 x float> %".481", %".487"
  %".489" = fmul <8 x float> %".423", %"n.1"
  %".490" = mul i64 %".389", %".134"
  %".491" = add i64 %".490", %".255"
  %".492" = getelementptr float, ptr %".135", i64 %".491"
  %".493" = call <8 x float> @"llvm.masked.load.v8f32.p0"(ptr %".492", i32 4, <8 x i1> %".392", <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>)
  %".494" = fmul <8 x float> %"z.1", %".493"
  %".495" = fadd <8 x float> %".489", %".494"
  %".496" = mul i64 %".389", %"state.h.row"
  %".497" = add i64 %".496", %".255"
  %".498" = getelementptr float, ptr %".138", i64 %".497"
  call void @"llvm.masked.store.v8f32.p0"(<8 x float> %".495", ptr %".498", i32 4, <8 x i1> %".392")
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
  %".309" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".308", <8 x float> %".308", <8 x float> %".308")
  %"z" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".306", <8 x float> %".309", <8 x float> %".306")
  %".311" = fsub <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %"z"
  %".312" = load <8 x float>, ptr %".269", align 4
  %".313" = load <8 x float>, ptr %".270", align 4
  %".314" = load <8 x float>, ptr %".275", align 4
  %".315" = fadd <8 x float> %".313", %".314"
  %".316" = fneg <8 x float> %".315"
  %".317" = fcmp ogt <8 x float> %".316", <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>
  %".318" = select  <8 x i1> %".317", <8 x float> <float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000, float 0x4055c00000000000>, <8 x float> %".316"
  %".319" = fcmp olt <8 x float> %".318", <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>
  %".320" = select  <8 x i1> %".319", <8 x float> <float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000, float 0xc055c00000000000>, <8 x float> %".318"
  %".321" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".320", <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %".322" = call <8 x float> @"llvm.floor.v8f32"(<8 x float> %".321")
  %".323" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".322", <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %".320")
  %".324" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".322", <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %".323")
  %".325" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000>, <8 x float> %".324", <8 x float> <float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000>)
  %".326" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".325", <8 x float> %".324", <8 x float> <float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000>)
  %".327" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".326", <8 x float> %".324", <8 x float> <float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000>)
  %".328" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".327", <8 x float> %".324", <8 x float> <float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000>)
  %".329" = fmul <8 x float> %".328", %".324"
  %".330" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".329", <8 x float> %".324", <8 x float> %".324")
  %".331" = fadd <8 x float> %".330", <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %".332" = fptosi <8 x float> %".322" to <8 x i32>
  %".333" = add <8 x i32> %".332", <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %".334" = shl <8 x i32> %".333", <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %".335" = bitcast <8 x i32> %".334" to <8 x float>
  %".336" = fmul <8 x float> %".331", %".335"
  %".337" = fadd <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>, %".336"
  %".338" = call <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".337")
  %".339" = fneg <8 x float> %".337"
  %".340" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".339", <8 x float> %".338", <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %".341" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".340", <8 x float> %".340", <8 x float> %".340")
  %"r" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".338", <8 x float> %".341", <8 x float> %".338")
  %".343" = load <8 x float>, ptr %".276", align 4
  %".344" = getelementptr float, ptr %"vectors", i64 %".255"
  %".345" = load <8 x float>, ptr %".344", align 4
  %".346" = fadd <8 x float> %".343", %".345"
  %".347" = fmul <8 x float> %"r", %".346"
  %".348" = fadd <8 x float> %".312", %".347"
  %".349" = fcmp ogt <8 x float> %".348", <float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000>
  %".350" = select  <8 x i1> %".349", <8 x float> <float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000, float 0x4022333340000000>, <8 x float> %".348"
  %".351" = fcmp olt <8 x float> %".350", <float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000>
  %".352" = select  <8 x i1> %".351", <8 x float> <float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000, float 0xc022333340000000>, <8 x float> %".350"
  %".353" = fmul <8 x float> <float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000>, %".352"
  %".354" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".353", <8 x float> <float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000, float 0x3ff7154760000000>, <8 x float> <float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000, float 0x3fe0000000000000>)
  %".355" = call <8 x float> @"llvm.floor.v8f32"(<8 x float> %".354")
  %".356" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".355", <8 x float> <float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000, float 0xbfe6300000000000>, <8 x float> %".353")
  %".357" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".355", <8 x float> <float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000, float 0x3f2bd01060000000>, <8 x float> %".356")
  %".358" = fptosi <8 x float> %".355" to <8 x i32>
  %".359" = add <8 x i32> %".358", <i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127, i32 127>
  %".360" = shl <8 x i32> %".359", <i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23, i32 23>
  %".361" = bitcast <8 x i32> %".360" to <8 x float>
  %".362" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> <float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000, float 0x3f56bebfe0000000>, <8 x float> %".357", <8 x float> <float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000, float 0x3f81227b00000000>)
  %".363" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".362", <8 x float> %".357", <8 x float> <float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000, float 0x3fa5556740000000>)
  %".364" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".363", <8 x float> %".357", <8 x float> <float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000, float 0x3fc5554b00000000>)
  %".365" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".364", <8 x float> %".357", <8 x float> <float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000, float 0x3fdfffffe0000000>)
  %".366" = fmul <8 x float> %".365", %".357"
  %".367" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".366", <8 x float> %".357", <8 x float> %".357")
  %".368" = fsub <8 x float> %".361", <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>
  %".369" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".367", <8 x float> %".361", <8 x float> %".368")
  %".370" = fadd <8 x float> %".369", <float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000, float 0x4000000000000000>
  %".371" = call <8 x float> @"llvm.x86.avx.rcp.ps.256"(<8 x float> %".370")
  %".372" = fneg <8 x float> %".370"
  %".373" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".372", <8 x float> %".371", <8 x float> <float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000, float 0x3ff0000000000000>)
  %".374" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".373", <8 x float> %".373", <8 x float> %".373")
  %".375" = call <8 x float> @"llvm.fma.v8f32"(<8 x float> %".371", <8 x float> %".374", <8 x float> %".371")
  %"n" = fmul <8 x float> %".369", %".375"
  %".377" = fmul <8 x float> %".311", %"n"
  %".378" = mul i64 %".280", %".134"
  %".379" = add i64 %".378", %".255"
  %".380" = getelementptr float, ptr %".135", i64 %".379"
  %".381" = load <8 x float>, ptr %".380", align 4
  %".382" = fmul <8 x float> %"z", %".381"
  %".383" = fadd <8 x float> %".377", %".382"
  %".384" = mul i64 %".280", %"state.h.row"
  %".385" = add i64 %".384", %".255"
  %".386" = getelementptr float, ptr %".138", i64 %".385"
  store <8 x float> %".383", ptr %".386", align 4
  br label %"block.loop.1.endif"
block.loop.1.endif:
  %".501" = add i64 %"block.1", 1
  %".502" = icmp slt i64 %".501", %".186"
  br i1 %".502", label %"block.loop.1", label %"block.end.1"
tile.end.if:
  %".515" = load i64, i64* %".119"
  %".516" = add i64 %".515", 1
  store i64 %".516", i64* %".119"
  %".518" = atomicrmw add ptr %"barrier", i64 1 seq_cst
  %".519" = mul i64 %".516", %"parts"
  store i64 0, i64* %".520"
  br label %"spin"
tile.end.endif:
  %".539" = add i64 %"t", 1
  %".540" = icmp slt i64 %".539", %"steps"
  br i1 %".540", label %"t.loop", label %"t.end"
spin:
  call void @"llvm.x86.sse2.pause"()
  %".524" = load i64, i64* %".520"
  %".525" = add i64 %".524", 1
  store i64 %".525", i64* %".520"
  %".527" = load atomic i64, ptr %"barrier" acquire, align 8
  %".528" = icmp slt i64 %".527", %".519"
  br i1 %".528", label %"more", label %"joined"
more:
  %".530" = load i64, i64* %".520"
  %".531" = icmp slt i64 %".530", 1000
  br i1 %".531", label %"spin", label %"yield"
yield:
  %".533" = getelementptr i64, ptr %"barrier", i64 1
  %".534" = load i64, ptr %".533", align 8
  %".535" = inttoptr i64 %".534" to i32 ()*
  %".536" = call i32 %".535"()
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
